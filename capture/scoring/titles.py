"""What a job title says: how high somebody stands, and in which part of a company. Plain arithmetic, no database.

English, German, French, Spanish, Italian, Dutch and Portuguese; whole words only, so that "cto" is not in "director".
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

from capture.languages import say

_WORD = re.compile(r"[^\W_]+")


class Seniority(StrEnum):
    """How high somebody stands, the highest first; a learner is one whatever else the title says."""

    TOP = "top"
    LEADER = "leader"
    MANAGER = "manager"
    OTHER = "other"
    LEARNER = "learner"


class Function(StrEnum):
    """In which part of a company somebody works."""

    MARKETING = "marketing"
    SALES = "sales"
    TECHNOLOGY = "technology"
    FINANCE = "finance"
    PEOPLE = "people"
    OPERATIONS = "operations"
    PRODUCT = "product"


RANKS: Mapping[str, str] = {
    Seniority.TOP: say("top of a company"),
    Seniority.LEADER: say("head of a department"),
    Seniority.MANAGER: say("responsible for a team or a subject"),
    Seniority.OTHER: say("anybody else"),
    Seniority.LEARNER: say("student or in training"),
}
WORKS: Mapping[str, str] = {
    Function.MARKETING: say("marketing"),
    Function.SALES: say("sales"),
    Function.TECHNOLOGY: say("technology"),
    Function.FINANCE: say("finance"),
    Function.PEOPLE: say("people and hiring"),
    Function.OPERATIONS: say("operations"),
    Function.PRODUCT: say("product"),
}


def has_word(text: str, words: Sequence[str]) -> bool:
    """Whether one of the words or phrases stands in the text as a whole: "cto" is not in "director"."""
    heard = _words(text)
    return any(_words(word) in heard for word in words)


def _words(text: str) -> str:
    """The words of a text between single spaces, with one at either end."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


@lru_cache(maxsize=4096)  # many people have the same job
def seniority(title: str) -> Seniority | None:
    """How high the title stands; None for an empty one."""
    if not title.strip():
        return None
    # "Assistant to the CEO" is no CEO: what comes after the helper's word is whom he helps.
    heard = _HELPS.split(_words(title))[0]
    ranks = (Seniority.LEARNER, Seniority.TOP, Seniority.LEADER, Seniority.MANAGER)
    if heard != _words(title):
        return Seniority.OTHER
    return next((rank for rank in ranks if any(word in heard for word in _SENIORITY[rank])), Seniority.OTHER)


@lru_cache(maxsize=4096)
def functions(title: str) -> frozenset[Function]:
    """The parts of a company that the title names."""
    heard = _words(title)
    return frozenset(part for part, words in _FUNCTIONS.items() if any(word in heard for word in words))


def _list(text: str) -> tuple[str, ...]:
    return tuple(_words(word) for word in text.split(","))


_HELPS = re.compile(r" (?:assistant|assistent|assistentin|assistante|asistente|assistente|secretary|secretaria) ")

_SENIORITY: Mapping[Seniority, Sequence[str]] = {
    Seniority.LEARNER: _list(
        "student, studentin, intern, internship, trainee, apprentice, graduate, praktikant, praktikantin, werkstudent, "
        "werkstudentin, azubi, auszubildender, auszubildende, stagiaire, étudiant, étudiante, alternant, alternante, "
        "apprenti, estudiante, becario, becaria, studente, studentessa, tirocinante, stagista, stagiair, estagiário, "
        "estagiária, estudante"
    ),
    Seniority.TOP: _list(
        "chief, ceo, cmo, cro, coo, cfo, cto, cio, cpo, chro, cso, founder, co founder, cofounder, owner, president, "
        "vice president, vp, svp, evp, partner, managing director, geschäftsführer, geschäftsführerin, inhaber, "
        "inhaberin, gründer, gründerin, mitgründer, mitgründerin, vorstand, vorständin, prokurist, pdg, dg, "
        "directeur général, directrice générale, fondateur, fondatrice, gérant, gérante, associé, président, "
        "présidente, "
        "director general, directora general, fundador, fundadora, presidente, presidenta, socio, socia, "
        "amministratore delegato, fondatore, fondatrice, titolare, direttore generale, algemeen directeur, oprichter, "
        "eigenaar, bestuurder, diretor geral, diretora geral, sócio, sócia"
    ),
    Seniority.LEADER: _list(
        "director, head, head of, general manager, leiter, leiterin, leitung, bereichsleiter, bereichsleiterin, "
        "abteilungsleiter, abteilungsleiterin, vertriebsleiter, vertriebsleiterin, marketingleiter, marketingleiterin, "
        "it leiter, directeur, directrice, responsable, chef, directora, jefe, jefa, direttore, direttrice, "
        "responsabile, hoofd, diretor, diretora"
    ),
    Seniority.MANAGER: _list(
        "manager, managerin, lead, team lead, teamleiter, teamleiterin, teamlead, principal, senior, supervisor, "
        "coordinator, koordinator, koordinatorin, gestionnaire, coordinateur, coordinatrice, gerente, gestor, gestora, "
        "coordinador, coordinadora, coordinatore, teamleider, coördinator, coordenador, coordenadora"
    ),
}

_FUNCTIONS: Mapping[Function, Sequence[str]] = {
    Function.MARKETING: _list(
        "marketing, marketingleiter, marketingleiterin, cmo, demand, demand generation, growth, brand, content, "
        "communications, kommunikation, communication, comunicación, comunicazione, werbung, mercadotecnia, crm"
    ),
    Function.SALES: _list(
        "sales, revenue, commercial, cro, revops, business development, partnerships, pipeline, go to market, gtm, "
        "account executive, vertrieb, vertriebsleiter, vertriebsleiterin, verkauf, vente, ventes, commerciale, ventas, "
        "comercial, vendite, verkoop, vendas"
    ),
    Function.TECHNOLOGY: _list(
        "it, cto, cio, technology, engineering, engineer, developer, software, data, security, infrastructure, "
        "technik, entwickler, entwicklerin, entwicklung, informatik, it leiter, technique, informatique, développeur, "
        "développeuse, tecnología, ingeniero, ingeniera, informática, tecnologia, sviluppatore, ontwikkelaar"
    ),
    Function.FINANCE: _list(
        "finance, cfo, controller, controlling, accounting, accountant, treasury, finanzen, buchhaltung, finances, "
        "comptabilité, comptable, finanzas, contabilidad, finanza, contabilità, financiën, finanças"
    ),
    Function.PEOPLE: _list(
        "hr, human resources, people, talent, recruiting, recruiter, chro, personal, personalleiter, personalleiterin, "
        "ressources humaines, rh, recursos humanos, risorse umane, personeelszaken"
    ),
    Function.OPERATIONS: _list(
        "operations, coo, logistics, supply chain, procurement, purchasing, logistik, einkauf, betrieb, opérations, "
        "achats, logistique, operaciones, compras, logística, operazioni, acquisti, logistica, inkoop"
    ),
    Function.PRODUCT: _list("product, products, cpo, ux, design, produkt, produit, producto, prodotto, produto"),
}
