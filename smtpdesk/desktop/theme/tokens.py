"""The look as data: space, sizes, type, and every colour in light and dark.

Four signals (ok, warn, bad, unsure) each have a text colour, ``Fill`` (graphics, at least 3:1), ``Soft`` (chips)
and ``Wash`` (banners). Contrast is WCAG 2.2, success criteria 1.4.3 (text, 4.5) and 1.4.11 (graphics, 3.0);
:data:`PAIRS` lists what must hold, and a test computes it.
"""

from __future__ import annotations

#: Pixels between things.
SPACE = {"xs": 4, "s": 8, "m": 12, "l": 16, "xl": 24, "xxl": 32, "huge": 48}
#: Corner radii.
RADIUS = {"chip": 10, "control": 6, "card": 10, "sheet": 12}
#: Heights of controls and bars.
CONTROL = {"small": 26, "normal": 32, "large": 40, "row": 34, "header": 48, "topbar": 60}
#: Multiples of the system font size.
TYPE = {"caption": 0.885, "body": 1.0, "section": 1.15, "title": 1.46, "stat": 1.7, "display": 2.77}

LIGHT = {
    "canvas": "#F0F1F3", "surface": "#FFFFFF", "raised": "#FFFFFF", "sunken": "#F7F8F9",
    "line": "#E2E4E8", "lineField": "#868D98", "lineStrong": "#D3D6DC",
    "hover": "#EDEEF1", "pressed": "#E2E4E8", "navSel": "#FFFFFF", "segTrack": "#E4E6EA", "segOn": "#FFFFFF",
    "button": "#FFFFFF", "buttonHover": "#F3F4F6", "buttonPress": "#E4E6EA", "thumb": "#C3C7CE",
    "text": "#1A1D21", "text2": "#4D545F", "text3": "#626975", "disabled": "#9AA0AA",
    "accent": "#2A5BD7", "accentHover": "#234EBD", "accentPress": "#1D419E", "onAccent": "#FFFFFF",
    "accentText": "#234EBD", "accentSoft": "#EAF0FD", "focus": "#2A5BD7", "selection": "#D6E2FB",
    "ok": "#1B7445", "okFill": "#2E9A62", "okSoft": "#E7F4EC",
    "warn": "#8A5300", "warnFill": "#C07B0A", "warnSoft": "#FCF3E1",
    "bad": "#B92D27", "badFill": "#D2453E", "badSoft": "#FCECEB",
    "unsure": "#6544AE", "unsureFill": "#8565CC", "unsureSoft": "#F1ECFA",
    "okWash": "#E7F4EC", "warnWash": "#FCF3E1", "badWash": "#FCECEB", "unsureWash": "#F1ECFA", "accentWash": "#EAF0FD",
    "toast": "#202329", "onToast": "#FFFFFF", "toastAct": "#9DBAFF", "toastOk": "#7FD3A8", "toastBad": "#FF9C95",
    "track": "#E4E6EA", "scrim": "#1A1D21",
    "synTag": "#234EBD", "synAttr": "#8A5300", "synStr": "#1B7445", "synCom": "#626975",
    "synJinja": "#6544AE", "synJinjaBg": "#F1ECFA",
}  # fmt: skip

DARK = {
    "canvas": "#0F1012", "surface": "#17181B", "raised": "#1E2024", "sunken": "#121316",
    "line": "#2A2C31", "lineField": "#747B87", "lineStrong": "#3B3E46",
    "hover": "#24262B", "pressed": "#2C2F35", "navSel": "#24262B", "segTrack": "#24262B", "segOn": "#3C3F48",
    "button": "#2A2C32", "buttonHover": "#343740", "buttonPress": "#24262B", "thumb": "#454951",
    "text": "#E9EBEE", "text2": "#B0B6C0", "text3": "#949BA6", "disabled": "#666C76",
    "accent": "#3B6CE4", "accentHover": "#3263DA", "accentPress": "#2A57C4", "onAccent": "#FFFFFF",
    "accentText": "#94B4FF", "accentSoft": "#1C2740", "focus": "#7FA3FF", "selection": "#2A3F70",
    "ok": "#62C893", "okFill": "#3DA872", "okSoft": "#183527",
    "warn": "#E6B053", "warnFill": "#D29326", "warnSoft": "#392C14",
    "bad": "#F78C85", "badFill": "#E2605A", "badSoft": "#3D2021",
    "unsure": "#B9A0F2", "unsureFill": "#9274DB", "unsureSoft": "#2E2646",
    "okWash": "#182521", "warnWash": "#28231A", "badWash": "#2B1D1F", "unsureWash": "#221F2E", "accentWash": "#1A2030",
    "toast": "#E9EBEE", "onToast": "#17181B", "toastAct": "#234EBD", "toastOk": "#1B7445", "toastBad": "#B92D27",
    "track": "#2C2E34", "scrim": "#000000",
    "synTag": "#94B4FF", "synAttr": "#E6B053", "synStr": "#62C893", "synCom": "#949BA6",
    "synJinja": "#CDB9FA", "synJinjaBg": "#2B2341",
}  # fmt: skip

SIGNALS = ("ok", "warn", "bad", "unsure")


def _pairs() -> list[tuple[str, str, float]]:
    pairs = [
        (f, b, 4.5) for f in ("text", "text2", "text3") for b in ("surface", "canvas", "sunken", "raised", "hover")
    ]
    pairs += [("onAccent", b, 4.5) for b in ("accent", "accentHover", "accentPress")]
    pairs += [("accentText", b, 4.5) for b in ("surface", "raised", "sunken", "accentSoft", "accentWash", "canvas")]
    pairs += [
        ("onToast", "toast", 4.5),
        ("toastAct", "toast", 4.5),
        ("toastOk", "toast", 3.0),
        ("toastBad", "toast", 3.0),
    ]
    pairs += [("text", b, 4.5) for b in ("selection", "button", "buttonHover", "buttonPress", "segOn", "navSel")]
    pairs += [("text2", "segTrack", 4.5), ("text2", "accentSoft", 4.5), ("text2", "accentWash", 4.5)]
    pairs += [("bad", b, 4.5) for b in ("button", "badSoft")]
    for s in SIGNALS:
        pairs += [(s, b, 4.5) for b in ("surface", "raised", "sunken", s + "Soft", s + "Wash")]
        pairs += [(f, s + b, 4.5) for f in ("text", "text2") for b in ("Soft", "Wash")]
        pairs += [(s + "Fill", b, 3.0) for b in ("surface", s + "Wash")]
    pairs += [("lineField", b, 3.0) for b in ("surface", "raised")]
    pairs += [("focus", b, 3.0) for b in ("surface", "canvas", "raised", "sunken")]
    pairs += [(s, b, 4.5) for s in ("synTag", "synAttr", "synStr", "synCom") for b in ("sunken", "surface")]
    pairs += [("synJinja", "synJinjaBg", 4.5)]
    return pairs


#: (foreground token, background token, least contrast ratio) for everything that is put on top of something.
PAIRS = _pairs()


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB`` (WCAG 2.2, definition)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``#RRGGBB`` colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
