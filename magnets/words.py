"""The few words that a theme says itself, in the language of the document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """`minutes` and its like have one form for one and one for several; `{}` takes the number or the name."""

    contents: str = "Contents"
    minute: str = "{} minute"
    minutes: str = "{} minutes"
    short_minutes: str = "{} min"
    in_all: str = "{} in all"
    by: str = "by {}"
    author: str = "By"
    chapter: str = "{} chapter"
    chapters: str = "{} chapters"
    to_read: str = "{} to read"
    prepared_for: str = "Prepared for"
    about: str = "About {}"
    about_us: str = "About us"
    next_step: str = "Your next step"
    figure: str = "Figure"
    table: str = "Table"
    page_of: str = "of"
    you: str = "You"
    benchmark: str = "Benchmark"
    profile: str = "Your profile"
    code: str = "QR code"
    no_value: str = "no value"
    result: str = "Your result"
    in_hundred: str = "of 100"
    parts: str = "Where you stand"
    compared: str = "You and others"
    overall: str = "Overall"
    people: str = "People who answered before you"
    source: str = "Source"
    advice: str = "What to do next"
    measured: str = "What is measured"
    yes: str = "Yes"
    no: str = "No"

    def time(self, minutes: int) -> str:
        return (self.minute if minutes == 1 else self.minutes).format(minutes)

    def extent(self, chapters: int) -> str:
        return (self.chapter if chapters == 1 else self.chapters).format(chapters)


LANGUAGES = {
    "en": Words(),
    "de": Words(
        contents="Inhalt",
        minute="{} Minute",
        minutes="{} Minuten",
        short_minutes="{} Min.",
        in_all="insgesamt {}",
        by="von {}",
        author="Von",
        chapter="{} Kapitel",
        chapters="{} Kapitel",
        to_read="{} Lesezeit",
        prepared_for="Für",
        about="Über {}",
        about_us="Über uns",
        next_step="Ihr nächster Schritt",
        figure="Abbildung",
        table="Tabelle",
        page_of="von",
        you="Sie",
        benchmark="Vergleichswert",
        profile="Ihr Profil",
        code="QR-Code",
        no_value="kein Wert",
        result="Ihr Ergebnis",
        in_hundred="von 100",
        parts="Wo Sie stehen",
        compared="Sie und andere",
        overall="Gesamt",
        people="Menschen, die vor Ihnen geantwortet haben",
        source="Quelle",
        advice="Was als Nächstes zu tun ist",
        measured="Was gemessen wird",
        yes="Ja",
        no="Nein",
    ),
    "fr": Words(
        contents="Sommaire",
        minute="{} minute",
        minutes="{} minutes",
        short_minutes="{} min",
        in_all="{} en tout",
        by="par {}",
        author="Par",
        chapter="{} chapitre",
        chapters="{} chapitres",
        to_read="{} de lecture",
        prepared_for="Préparé pour",
        about="À propos de {}",
        about_us="À propos de nous",
        next_step="Pour aller plus loin",
        figure="Figure",
        table="Tableau",
        page_of="sur",
        you="Vous",
        benchmark="Référence",
        profile="Votre profil",
        code="Code QR",
        no_value="sans valeur",
        result="Votre résultat",
        in_hundred="sur 100",
        parts="Où vous en êtes",
        compared="Vous et les autres",
        overall="Ensemble",
        people="Personnes ayant répondu avant vous",
        source="Source",
        advice="Que faire maintenant",
        measured="Ce qui est mesuré",
        yes="Oui",
        no="Non",
    ),
    "es": Words(
        contents="Índice",
        minute="{} minuto",
        minutes="{} minutos",
        short_minutes="{} min",
        in_all="{} en total",
        by="por {}",
        author="Por",
        chapter="{} capítulo",
        chapters="{} capítulos",
        to_read="{} de lectura",
        prepared_for="Preparado para",
        about="Sobre {}",
        about_us="Sobre nosotros",
        next_step="El siguiente paso",
        figure="Figura",
        table="Tabla",
        page_of="de",
        you="Usted",
        benchmark="Referencia",
        profile="Su perfil",
        code="Código QR",
        no_value="sin valor",
        result="Su resultado",
        in_hundred="de 100",
        parts="Dónde está usted",
        compared="Usted y los demás",
        overall="En conjunto",
        people="Personas que respondieron antes",
        source="Fuente",
        advice="Qué hacer ahora",
        measured="Lo que se mide",
        yes="Sí",
        no="No",
    ),
    "it": Words(
        contents="Indice",
        minute="{} minuto",
        minutes="{} minuti",
        short_minutes="{} min",
        in_all="{} in tutto",
        by="di {}",
        author="Di",
        chapter="{} capitolo",
        chapters="{} capitoli",
        to_read="{} di lettura",
        prepared_for="Preparato per",
        about="Su {}",
        about_us="Chi siamo",
        next_step="Il prossimo passo",
        figure="Figura",
        table="Tabella",
        page_of="di",
        you="Lei",
        benchmark="Riferimento",
        profile="Il Suo profilo",
        code="Codice QR",
        no_value="nessun valore",
        result="Il Suo risultato",
        in_hundred="su 100",
        parts="A che punto è",
        compared="Lei e gli altri",
        overall="Nel complesso",
        people="Persone che hanno risposto prima di Lei",
        source="Fonte",
        advice="Che cosa fare adesso",
        measured="Che cosa si misura",
        yes="Sì",
        no="No",
    ),
    "nl": Words(
        contents="Inhoud",
        minute="{} minuut",
        minutes="{} minuten",
        short_minutes="{} min",
        in_all="in totaal {}",
        by="door {}",
        author="Door",
        chapter="{} hoofdstuk",
        chapters="{} hoofdstukken",
        to_read="{} leestijd",
        prepared_for="Gemaakt voor",
        about="Over {}",
        about_us="Over ons",
        next_step="De volgende stap",
        figure="Figuur",
        table="Tabel",
        page_of="van",
        you="U",
        benchmark="Vergelijking",
        profile="Uw profiel",
        code="QR-code",
        no_value="geen waarde",
        result="Uw resultaat",
        in_hundred="van 100",
        parts="Waar u staat",
        compared="U en anderen",
        overall="Totaal",
        people="Mensen die eerder antwoordden",
        source="Bron",
        advice="Wat nu te doen",
        measured="Wat gemeten wordt",
        yes="Ja",
        no="Nee",
    ),
    "pt": Words(
        contents="Índice",
        minute="{} minuto",
        minutes="{} minutos",
        short_minutes="{} min",
        in_all="{} no total",
        by="por {}",
        author="Por",
        chapter="{} capítulo",
        chapters="{} capítulos",
        to_read="{} de leitura",
        prepared_for="Preparado para",
        about="Sobre {}",
        about_us="Sobre nós",
        next_step="O próximo passo",
        figure="Figura",
        table="Tabela",
        page_of="de",
        you="Você",
        benchmark="Referência",
        profile="Seu perfil",
        code="Código QR",
        no_value="sem valor",
        result="Seu resultado",
        in_hundred="de 100",
        parts="Onde você está",
        compared="Você e os outros",
        overall="No conjunto",
        people="Pessoas que responderam antes de você",
        source="Fonte",
        advice="O que fazer agora",
        measured="O que se mede",
        yes="Sim",
        no="Não",
    ),
}


def words(language: str) -> Words:
    """The words of a language, by its first part (de for de-CH); English where we have none."""
    return LANGUAGES.get(language.partition("-")[0].lower(), LANGUAGES["en"])
