"""The parts pages are made of. Each file's docstring shows how to use it; everything is imported from here::

    from smtpdesk.desktop.components import Banner, Card, button, hbox, text, vbox

Rules: colours only through ``smtpdesk.desktop.theme.look``; parts that show live data have ``set…`` methods that do
nothing when nothing changed; every part that takes focus has an accessible name; custom painting goes through
:func:`vr`, so that right-to-left mirrors.
"""

from smtpdesk.desktop.components.banner import Banner
from smtpdesk.desktop.components.bars import StackedBar
from smtpdesk.desktop.components.buttons import Button, button
from smtpdesk.desktop.components.card import Card
from smtpdesk.desktop.components.chip import Chip
from smtpdesk.desktop.components.choice import FilterChips, SegmentedControl, Tabs
from smtpdesk.desktop.components.code_edit import CodeEdit
from smtpdesk.desktop.components.dialog import Dialog, ask_text, choose, confirm
from smtpdesk.desktop.components.drop import Drop, dropped_files
from smtpdesk.desktop.components.empty import EmptyState
from smtpdesk.desktop.components.field import Field, PasswordEdit, search_line
from smtpdesk.desktop.components.file_dialog import open_file, open_files, open_folder, save_file
from smtpdesk.desktop.components.glyph import STATUS, Glyph, status_color
from smtpdesk.desktop.components.header import TypeHeader
from smtpdesk.desktop.components.highlighter import JinjaHtml
from smtpdesk.desktop.components.lane import Lane
from smtpdesk.desktop.components.layout import LEADING, TRAILING, box, clear, hbox, restyle, rule, scroll, vbox, vr
from smtpdesk.desktop.components.log_group import LogGroup
from smtpdesk.desktop.components.nav_rail import NavRail, RailItem, SendingCard
from smtpdesk.desktop.components.progress import ProgressPanel
from smtpdesk.desktop.components.server_words import ServerWords
from smtpdesk.desktop.components.sparkline import Sparkline
from smtpdesk.desktop.components.stat import StatTile
from smtpdesk.desktop.components.stepper import Stepper
from smtpdesk.desktop.components.tables import Badge, Column, PagedModel, size_columns, table_view
from smtpdesk.desktop.components.tasks import Tasks, spawn
from smtpdesk.desktop.components.text import Elide, Text, text
from smtpdesk.desktop.components.time_chart import TimeChart
from smtpdesk.desktop.components.timeline import Timeline
from smtpdesk.desktop.components.toast import Toast, ToastHost
from smtpdesk.desktop.components.topbar import TopBar
from smtpdesk.desktop.components.transcript import Transcript, TranscriptRow

__all__ = [
    "LEADING", "STATUS", "TRAILING", "Badge", "Banner", "Button", "Card", "Chip", "CodeEdit", "Column", "Dialog",
    "Drop", "Elide", "EmptyState", "Field", "FilterChips", "Glyph", "JinjaHtml", "Lane", "LogGroup", "NavRail",
    "PagedModel", "PasswordEdit", "ProgressPanel", "RailItem", "SegmentedControl", "SendingCard", "ServerWords",
    "Sparkline", "StackedBar", "StatTile", "Stepper", "Tabs", "Tasks", "Text", "TimeChart", "Timeline", "Toast",
    "ToastHost", "TopBar", "Transcript", "TranscriptRow", "TypeHeader", "ask_text", "box", "button", "choose", "clear",
    "confirm", "dropped_files", "hbox", "open_file", "open_files", "open_folder", "restyle", "rule", "save_file",
    "scroll", "search_line", "size_columns", "spawn", "status_color", "table_view", "text", "vbox", "vr",
]  # fmt: skip
