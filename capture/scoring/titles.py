"""What a job title says: how high somebody stands, and in which part of a company. Plain arithmetic, no database.

English, German, French, Spanish, Italian, Dutch and Portuguese; whole words only, so that "cto" is not in "director".
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache, reduce

from capture.languages import say

_WORD = re.compile(r"[^\W_]+")
_COMPOUND = re.compile(  # German and Dutch words for people, and what stands before in the same word
    r"(?<= )([^\W\d_]{2,})(direktor|direktorin|leiter|leiterin|leitung|chef|chefin|directeur|directrice|manager|"
    r"managerin|leider|leidster|hoofd|präsident|präsidentin|vorsitzender|vorsitzende|inhaber|inhaberin|eigentümer|eigentümerin|"
    r"geschäftsführer|geschäftsführerin|student|studentin|praktikant|praktikantin|volontär|volontärin)(?= )"
)
_NO_COMPOUND = (  # these end so and name nobody of rank
    *("begleiter", "begleiterin", "begleitung", "halbleiter", "ableiter", "anleiter", "anleiterin", "anleitung"),
    *("ableitung", "einleitung", "weiterleitung", "rohrleitung", "reiseleiter", "reiseleiterin", "reiseleitung"),
)
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.)+[^\W\d_]\b")


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
    """The words of a text between single spaces, with one at either end; "C.E.O." is one."""
    whole = _DOTTED.sub(lambda found: found[0].replace(".", ""), unicodedata.normalize("NFC", text).casefold())
    return f" {' '.join(_WORD.findall(whole))} "


def _heard(text: str) -> str:
    """The same, with compounds taken apart: "vertriebsleiter" is heard as "vertriebs vertrieb leiter"."""
    return _COMPOUND.sub(_apart, _words(text))


def _apart(compound: re.Match[str]) -> str:
    before, person = compound.groups()
    if compound[0] in _NO_COMPOUND:
        return compound[0]
    return f"{before} {before[:-1]} {person}" if before.endswith("s") else f"{before} {person}"


@lru_cache(maxsize=4096)  # many people have the same job
def seniority(title: str) -> Seniority | None:
    """How high the title stands; None for an empty one."""
    if not title.strip():
        return None
    heard = _heard(title)
    others = _FOR_LEARNERS.sub(" ", heard)
    if _names(others, _SENIORITY[Seniority.LEARNER]):
        return Seniority.LEARNER
    rank = _rank(others)
    if rank is Seniority.OTHER and _names(heard.replace(" student ", " "), _SENIORITY[Seniority.LEARNER]):
        return Seniority.LEARNER  # "Graduate programme" names nobody who runs it
    return rank


def _rank(heard: str) -> Seniority:
    if _names(heard, _HELPS):
        return Seniority.OTHER  # "Assistant to the CEO" is no CEO
    alone = reduce(lambda rest, phrase: rest.replace(phrase, " "), _OF_NO_RANK, _HEAD_OF_A_CRAFT.sub(_of_a_part, heard))
    for rank in (Seniority.TOP, Seniority.LEADER):
        if _names(alone, _SENIORITY[rank]):
            return rank
    return Seniority.MANAGER if _names(heard, _SENIORITY[Seniority.MANAGER]) else Seniority.OTHER


def _of_a_part(found: re.Match[str]) -> str:
    """A head designer leads a part of the company, a head waiter does not."""
    return found[0] if functions(found[1]) else f" {found[1]}"


def _names(heard: str, words: Sequence[str]) -> bool:
    return any(word in heard for word in words)


@lru_cache(maxsize=4096)
def functions(title: str) -> frozenset[Function]:
    """The parts of a company that the title names."""
    heard = _heard(title)
    return frozenset(part for part, words in _FUNCTIONS.items() if any(word in heard for word in words))


def _list(text: str) -> tuple[str, ...]:
    return tuple(_heard(word) for word in text.split(","))


_HELPS = _list(
    "assistant, ea to, pa to, secretary, assistent, assistentin, assistenz, sekretär, sekretärin, sekretariat, "
    "assistante, secrétaire, asistente, secretaria, secretario, assistente, segretaria, segretario, secretaresse, "
    "secretária, secretário"
)

# Somebody for learners is none: in "student success manager" the second word says what they are cared for in.
_FOR_LEARNERS = re.compile(
    r" (?:student|graduate|trainee|intern|internship|apprentice)(?= (?:success|services?|affairs|recruitment|"
    r"recruiting|recruiter|programmes?|programs?|programm|programma|scheme|support|engagement|experience|admissions?|relations|"
    r"placements?|housing|accommodation|life|studies|school|enrolment|enrollment|outcomes|advis[eo]r|counsell?or|"
    r"coordinator|coach) )| (?<= of )(?:student|graduate|trainee|intern|apprentice)(?= \w)"
)
_HEAD_OF_A_CRAFT = re.compile(r" head( \w+(?:er|or|ess|ist)| coach| cook| nurse| chef| butler)(?= )")

# In these the word of a rank speaks of something else: a product owner owns no company.
_OF_NO_RANK = _list(
    "product owner, process owner, data owner, service owner, business partner, people partner, talent partner, "
    "channel partner, partner manager, partner management, partner marketing, partner sales, partner success, partner "
    "account manager, partner development, chef de projet, cheffe de projet, chef de produit, cheffe de produit, jefe "
    "de proyecto, jefa de proyecto, jefe de producto, jefa de producto, teamleiter, teamleiterin, teamleitung, "
    "teamchef, teamchefin, projektleiter, projektleiterin, projektleitung, gruppenleiter, gruppenleiterin, "
    "gruppenleitung, schichtleiter, schichtleiterin, schichtleitung, bauleiter, bauleiterin, bauleitung, sous chef, "
    "chef de partie, pastry chef, executive chef, betriebsratsvorsitzender, betriebsratsvorsitzende"
)

_SENIORITY: Mapping[Seniority, Sequence[str]] = {
    Seniority.LEARNER: _list(
        "student, studentin, intern, internship, trainee, apprentice, graduate, praktikant, praktikantin, werkstudent, "
        "werkstudentin, azubi, auszubildender, auszubildende, stagiaire, étudiant, étudiante, alternant, alternante, "
        "apprenti, estudiante, becario, becaria, studente, studentessa, tirocinante, stagista, stagiair, estagiário, "
        "estagiária, estudante, doktorand, doktorandin, volontär, volontärin, schüler, schülerin, praktikum, in "
        "ausbildung, lehrling, umschüler, umschülerin, referendar, referendarin, studierender, studierende, doctorant, "
        "doctorante, phd candidate, doctorando, doctoranda, dottorando, dottoranda, promovendus, promovenda, leerling, "
        "aluno, aluna, alumno, alumna, tirocinio, estágio"
    ),
    Seniority.TOP: _list(
        "chief, ceo, cmo, cro, coo, cfo, cto, cio, cpo, chro, cso, founder, co founder, cofounder, owner, president, "
        "vice president, vp, svp, evp, partner, managing director, geschäftsführer, geschäftsführerin, inhaber, "
        "inhaberin, gründer, gründerin, mitgründer, mitgründerin, vorstand, vorständin, prokurist, pdg, dg, directeur "
        "général, directrice générale, fondateur, fondatrice, gérant, gérante, associé, président, présidente, "
        "director general, directora general, fundador, fundadora, presidente, presidenta, socio, socia, "
        "amministratore delegato, fondatore, fondatrice, titolare, direttore generale, algemeen directeur, oprichter, "
        "eigenaar, bestuurder, diretor geral, diretora geral, sócio, sócia, cdo, ciso, cco, chairman, chairwoman, "
        "chairperson, geschäftsführung, geschäftsleitung, gesellschafter, gesellschafterin, geschaeftsfuehrer, "
        "geschaeftsfuehrerin, geschaeftsfuehrung, vorsitzender, vorsitzende, generaldirektor, generaldirektorin, "
        "geschäftsleiter, geschäftsleiterin, eigentümer, eigentümerin, präsident, präsidentin, zaakvoerder, "
        "zaakvoerster, consejero delegado, consejera delegada, proprietor, proprietress, proprietario, proprietaria, "
        "propietario, propietaria, propriétaire, proprietário, proprietária"
    ),
    Seniority.LEADER: _list(
        "director, head, head of, general manager, direktor, direktorin, chefin, dirigente, leiter, leiterin, leitung, "
        "bereichsleiter, bereichsleiterin, abteilungsleiter, abteilungsleiterin, vertriebsleiter, vertriebsleiterin, "
        "marketingleiter, marketingleiterin, it leiter, directeur, directrice, responsable, chef, directora, jefe, "
        "jefa, direttore, direttrice, responsabile, hoofd, diretor, diretora, dir, cheffe, vertriebsleitung, "
        "marketingleitung, verkaufsleiter, verkaufsleiterin, verkaufsleitung, abteilungsleitung, bereichsleitung"
    ),
    Seniority.MANAGER: _list(
        "manager, managerin, lead, leader, leider, leidster, teamchef, teamchefin, gruppenleiter, gruppenleiterin, "
        "gruppenleitung, schichtleiter, schichtleiterin, schichtleitung, bauleiter, bauleiterin, bauleitung, team "
        "lead, teamleiter, teamleiterin, teamlead, principal, senior, supervisor, coordinator, koordinator, "
        "koordinatorin, gestionnaire, coordinateur, coordinatrice, gerente, gestor, gestora, coordinador, "
        "coordinadora, coordinatore, teamleider, coördinator, coordenador, coordenadora, mgr, sr, teamleitung, "
        "projektleiter, projektleiterin, projektleitung, produktmanager, produktmanagerin, marketingmanager, "
        "marketingmanagerin, vertriebsmanager, vertriebsmanagerin, chef de projet, cheffe de projet, chef de produit, "
        "cheffe de produit, jefe de proyecto, jefa de proyecto, jefe de producto, jefa de producto"
    ),
}

_FUNCTIONS: Mapping[Function, Sequence[str]] = {
    Function.MARKETING: _list(
        "marketing, mktg, marketingleiter, marketingleiterin, marketingleitung, marketingmanager, marketingmanagerin, "
        "cmo, demand, demand generation, growth, brand, content, communications, kommunikation, communication, "
        "comunicación, comunicazione, werbung, mercadotecnia, crm"
    ),
    Function.SALES: _list(
        "sales, revenue, commercial, cro, revops, business development, partnerships, pipeline, go to market, gtm, "
        "account executive, vertrieb, vertriebsleiter, vertriebsleiterin, verkauf, vente, ventes, commerciale, ventas, "
        "comercial, vendite, verkoop, vendas, vertriebsleitung, vertriebsmanager, vertriebsmanagerin, verkaufsleiter, "
        "verkaufsleiterin, verkaufsleitung"
    ),
    Function.TECHNOLOGY: _list(
        "it, cto, cio, technology, engineering, eng, engineer, developer, software, data, security, infrastructure, "
        "technik, entwickler, entwicklerin, entwicklung, informatik, it leiter, technique, informatique, développeur, "
        "développeuse, tecnología, ingeniero, ingeniera, informática, tecnologia, sviluppatore, ontwikkelaar"
    ),
    Function.FINANCE: _list(
        "finance, finanz, cfo, controller, controlling, accounting, accountant, treasury, finanzen, buchhaltung, "
        "finances, comptabilité, comptable, finanzas, contabilidad, finanza, contabilità, financiën, finanças"
    ),
    Function.PEOPLE: _list(
        "hr, human resources, people, talent, recruiting, recruiter, chro, personal, personalleiter, personalleiterin, "
        "ressources humaines, rh, recursos humanos, risorse umane, personeelszaken"
    ),
    Function.OPERATIONS: _list(
        "operations, coo, logistics, supply chain, procurement, purchasing, logistik, einkauf, betrieb, opérations, "
        "achats, logistique, operaciones, compras, logística, operazioni, acquisti, logistica, inkoop"
    ),
    Function.PRODUCT: _list(
        "product, products, cpo, ux, design, designer, produkt, produktmanager, produktmanagerin, produit, producto, "
        "prodotto, produto"
    ),
}
