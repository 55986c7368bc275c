"""Light and colours of a picture: the time of day and the season."""

from dataclasses import dataclass

from local.drive.paint import Colour


@dataclass(frozen=True)
class Mood:
    """Colours from the top of the sky to what is near, and the light."""

    name: str
    top: Colour
    low: Colour
    near: Colour
    light: Colour
    night: bool = False


MOODS = (
    Mood("dawn", (62, 84, 140), (255, 190, 140), (32, 34, 60), (255, 236, 190)),
    Mood("morning", (120, 180, 210), (246, 240, 224), (40, 84, 78), (255, 252, 240)),
    Mood("noon", (60, 140, 220), (206, 232, 246), (46, 104, 58), (255, 255, 240)),
    Mood("afternoon", (70, 140, 180), (255, 220, 160), (44, 76, 56), (255, 240, 200)),
    Mood("evening", (92, 70, 130), (255, 160, 120), (48, 30, 62), (255, 220, 170)),
    Mood("dusk", (128, 110, 170), (255, 196, 196), (60, 44, 84), (255, 240, 225)),
    Mood("bluehour", (18, 36, 84), (120, 150, 200), (10, 20, 44), (240, 240, 255), night=True),
    Mood("night", (8, 12, 34), (40, 84, 110), (4, 10, 20), (235, 240, 255), night=True),
    Mood("storm", (58, 66, 78), (170, 176, 172), (28, 36, 40), (232, 232, 220)),
    Mood("autumn", (84, 50, 90), (255, 146, 74), (70, 26, 26), (255, 224, 150)),
    Mood("winter", (132, 158, 196), (240, 244, 250), (62, 84, 116), (255, 255, 252)),
    Mood("fog", (150, 176, 180), (228, 232, 224), (22, 50, 46), (255, 252, 240)),
)
