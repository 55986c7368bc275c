"""What people write under their pictures, and what they permit."""

import random

SENTENCES = {
    "mountains": ("Ridges above {place}", "The long way round {place}", "Layer upon layer, near {place}"),
    "lake": (
        "Not a breath of wind on the lake at {place}",
        "{place}, twice",
        "The boat was already in for the day",
    ),
    "dunes": (
        "Sand as far as {place}",
        "The crest was warmer than the shade",
        "Walked out from {place}, alone",
    ),
    "sea": ("The sun's path off {place}", "Last ferry to {place}", "Salt on the lens, {place} behind us"),
    "city": (
        "{place} from the bridge",
        "Somebody is still at work in {place}",
        "Thirty floors up in {place}",
    ),
    "lights": ("Waiting for the tram in {place}", "{place} after the rain", "Forgot to focus, kept it"),
    "flower": (
        "By the fence in {place}",
        "It opened this morning",
        "From my grandmother's garden in {place}",
    ),
    "meadow": ("The field behind {place}", "Everything out at once near {place}", "Bees, mostly"),
    "aurora": (
        "We waited until two, then {place} turned green",
        "Northern lights at {place}",
        "Minus 19, worth it",
    ),
    "balloons": ("They went up before we had coffee", "Slow traffic over {place}", "{place} from below"),
}
COUNTRY = (
    "Hallstatt",
    "Sintra",
    "Nagano",
    "Cusco",
    "Göreme",
    "Wanaka",
    "Zermatt",
    "Oaxaca",
    "Ladakh",
    "Bled",
)
CITIES = (
    "Kraków",
    "Lagos",
    "Busan",
    "Valparaíso",
    "Ljubljana",
    "Jaipur",
    "Tartu",
    "Porto",
    "Montréal",
    "Hà Nội",
)
COASTS = (
    "Lofoten",
    "Dingle",
    "Bergen",
    "Matosinhos",
    "Essaouira",
    "Paros",
    "Kamakura",
    "Tofino",
    "Rügen",
    "Lamu",
)
PLACES = {"city": CITIES, "lights": CITIES, "sea": COASTS, "aurora": ("Tromsø", "Abisko", "Inari", "Lofoten")}
TAGS = {
    "mountains": ("mountains", "hiking", "haze"),
    "lake": ("lake", "reflection", "water"),
    "dunes": ("desert", "dunes", "sand"),
    "sea": ("sea", "water", "sailing"),
    "city": ("city", "architecture", "skyline"),
    "lights": ("bokeh", "street", "city"),
    "flower": ("flower", "macro", "garden"),
    "meadow": ("meadow", "flowers", "hills"),
    "aurora": ("aurora", "night", "stars"),
    "balloons": ("balloons", "hills", "travel"),
}
# The picture does not look it, or needs no saying.
TIMELESS = {"aurora", "flower", "lights", "meadow"}
ELSEWHERE = (
    "静かな夕方 #風景", "Fin de journée, sans personne #calme", "Ein Licht wie im Herbst #stille", "صباح هادئ #طبيعة",
    "Последний луч #вечер", "Uma tarde inteira aqui #luz", "Nature at its best 🌄 #wow",
)  # fmt: skip
LICENCES = {"cc0": 3, "cc-by": 5, "cc-by-sa": 3, "cc-by-nc": 3, "cc-by-nd": 1, "all-rights-reserved": 5}


def caption(kind: str, mood: str, chance: random.Random) -> str:
    """A sentence with one to three hashtags; now and then another language, or nothing."""
    draw = chance.random()
    if draw < 0.05:
        return ""
    if draw < 0.13:
        return f"{chance.choice(ELSEWHERE)} #{chance.choice(TAGS[kind])}"
    sentence = chance.choice(SENTENCES[kind]).format(place=chance.choice(PLACES.get(kind, COUNTRY)))
    tags = chance.sample(TAGS[kind], chance.randint(1, 2))
    if kind not in TIMELESS and chance.random() < 0.6:
        tags.append(mood)
    return " ".join([sentence, *(f"#{tag}" for tag in tags)])


def licence(chance: random.Random) -> str:
    """One of the portal's licences; the usual ones more often."""
    [chosen] = chance.choices(list(LICENCES), weights=list(LICENCES.values()))
    return chosen
