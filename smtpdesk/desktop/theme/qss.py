"""The style sheet: a ``string.Template`` over the tokens, type sizes (``$f_…``) and image files (``$img…``).

Widgets are told apart by properties set in code: ``kind`` and ``dim`` of buttons (``size`` would hit Qt's own
property), ``role`` and ``tone`` of labels, ``card`` of frames. No widget has a style sheet of its own.
"""

QSS = """
* { outline: 0; }
QWidget { color: $text; font-size: $f_body; }
#canvas, QWidget[canvas="true"] { background: $canvas; }
#sheet { background: $surface; border: 1px solid $line; border-radius: 12px; }
QDialog { background: $surface; }
QToolTip { background: $raised; color: $text; border: 1px solid $lineStrong; padding: 6px 8px; }
QLabel, QScrollArea, QScrollArea > QWidget > QWidget, QStackedWidget { background: transparent; border: 0; }
QScrollArea[shade="sunken"] { background: $sunken; }
QLabel[role="display"] { font-size: $f_display; font-weight: 600; }
QLabel[role="title"] { font-size: $f_title; font-weight: 600; }
QLabel[role="stat"] { font-size: $f_stat; font-weight: 600; }
QLabel[role="section"] { font-size: $f_section; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="caption"] { font-size: $f_caption; }
QLabel[tone="2"] { color: $text2; } QLabel[tone="3"] { color: $text3; }
QLabel[tone="ok"] { color: $ok; } QLabel[tone="warn"] { color: $warn; }
QLabel[tone="bad"] { color: $bad; } QLabel[tone="unsure"] { color: $unsure; }
QLabel[tone="accent"] { color: $accentText; } QLabel[tone="disabled"] { color: $disabled; }
*[mono="true"] { font-size: $f_mono; }

QFrame[card="plain"] { background: $raised; border: 1px solid $line; border-radius: 10px; }
QFrame[card="sunken"] { background: $sunken; border: 1px solid $line; border-radius: 8px; }
QFrame[card="ok"] { background: $okWash; border: 0; border-radius: 10px; }
QFrame[card="bad"] { background: $badWash; border: 0; border-radius: 10px; }
QFrame[card="warn"] { background: $warnWash; border: 0; border-radius: 10px; }
QFrame[card="accent"] { background: $accentWash; border: 0; border-radius: 10px; }
QFrame[card="unsure"] { background: $unsureWash; border: 0; border-radius: 10px; }
QFrame[card="well"] {
  background: $sunken; border: 0; border-bottom-right-radius: 11px; border-bottom-left-radius: 11px;
}
QFrame[card="dialog"] { background: $raised; border: 1px solid $lineStrong; border-radius: 12px; }
QFrame[card="toast"] { background: $toast; border: 0; border-radius: 9px; }
QFrame[card="toast"] QLabel { color: $onToast; }
QFrame[card="toast"] QPushButton {
  background: transparent; border: 0; color: $toastAct; font-weight: 600; min-height: 24px; padding: 0 4px;
}
QFrame[card="toast"] QPushButton:hover { text-decoration: underline; }
QFrame[rule="h"] { background: $line; max-height: 1px; min-height: 1px; border: 0; }
QFrame[rule="v"] { background: $line; max-width: 1px; min-width: 1px; border: 0; }

QPushButton {
  background: $button; border: 1px solid $lineStrong; border-radius: 6px; padding: 0 12px; min-height: 30px;
  font-weight: 500;
}
QPushButton:hover { background: $buttonHover; }
QPushButton:pressed { background: $buttonPress; }
QPushButton:disabled { color: $disabled; background: $sunken; border-color: $line; }
QPushButton[bare="true"] { padding: 0; }
QPushButton[kind="primary"] { background: $accent; color: $onAccent; border: 1px solid $accent; }
QPushButton[kind="primary"]:hover { background: $accentHover; border-color: $accentHover; }
QPushButton[kind="primary"]:pressed { background: $accentPress; border-color: $accentPress; }
QPushButton[kind="primary"]:disabled { background: $track; color: $disabled; border-color: $track; }
QPushButton[kind="danger"] { color: $bad; }
QPushButton[kind="danger"]:hover { background: $badSoft; border-color: $badSoft; }
QPushButton[kind="danger"]:disabled { color: $disabled; }
QPushButton[kind="quiet"] { background: transparent; border: 1px solid transparent; color: $text2; padding: 0 8px; }
QPushButton[kind="quiet"][bare="true"] { padding: 0; }
QPushButton[kind="quiet"]:hover { background: $hover; color: $text; }
QPushButton[kind="quiet"]:pressed { background: $pressed; }
QPushButton[kind="quiet"]:checked { background: $accentSoft; color: $accentText; }
QPushButton[kind="quiet"]:disabled { color: $disabled; background: transparent; }
QPushButton[kind="link"], QPushButton[kind="link"][dim="small"] {
  background: transparent; border: 0; color: $accentText; padding: 0;
}
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:disabled { color: $disabled; }
QPushButton[day="true"] { color: $text2; }
QPushButton[day="true"]:checked {
  background: $accentSoft; border-color: $accent; color: $accentText; font-weight: 600;
}
QPushButton[dim="small"] { min-height: 24px; padding: 0 10px; }
QPushButton[dim="small"][bare="true"] { padding: 0; }
QPushButton[dim="large"] { min-height: 38px; padding: 0 18px; border-radius: 8px; }
QPushButton::menu-indicator {
  image: url($imgDown); width: 12px; height: 12px; subcontrol-position: right center; right: 8px;
}
QPushButton[menu="true"] { padding-right: 26px; }
QPushButton[nav="true"] {
  background: transparent; border: 1px solid transparent; border-radius: 7px; text-align: left; padding: 0 10px;
  min-height: 32px; color: $text2;
}
QPushButton[nav="true"]:hover { background: $hover; color: $text; }
QPushButton[nav="true"]:checked { background: $navSel; color: $text; font-weight: 600; border-color: $line; }
QPushButton[row="true"] {
  background: transparent; border: 1px solid transparent; border-radius: 8px; text-align: left; padding: 0;
  min-height: 46px;
}
QPushButton[row="true"]:hover { background: $hover; }
QPushButton[row="true"]:checked { background: $accentSoft; }
QPushButton[tile="true"] {
  background: $raised; border: 1px solid $line; border-radius: 10px; text-align: left; padding: 0;
  min-height: 66px;
}
QPushButton[tile="true"]:hover { border-color: $lineField; background: $buttonHover; }
QPushButton[tile="true"]:pressed { background: $buttonPress; }
QPushButton[tile="true"]:checked { border-color: $accent; background: $accentSoft; }

QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QDateTimeEdit {
  background: $surface; border: 1px solid $lineField; border-radius: 6px; padding: 0 9px; min-height: 30px;
  selection-background-color: $selection; selection-color: $text;
}
QLineEdit:hover, QComboBox:hover, QSpinBox:hover, QDoubleSpinBox:hover, QDateTimeEdit:hover { border-color: $text3; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QDateTimeEdit:focus { border-color: $focus; }
QLineEdit[error="true"], QComboBox[error="true"], QSpinBox[error="true"] { border-color: $badFill; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled,
QDateTimeEdit:disabled {
  color: $disabled; border-color: $line; background: $sunken;
}
QLineEdit:read-only { background: $sunken; border-color: $line; }
QLineEdit[quiet="true"], QComboBox[quiet="true"] { border: 1px solid transparent; background: $sunken; }
QLineEdit[dim="small"], QComboBox[dim="small"] { min-height: 24px; }
QAbstractSpinBox QLineEdit { border: 0; padding: 0 8px; min-height: 0; background: transparent; }
QComboBox { padding-left: 11px; padding-right: 4px; }
QComboBox::drop-down { border: 0; width: 26px; }
QComboBox::down-arrow { image: url($imgDown); width: 14px; height: 14px; }
QComboBox QAbstractItemView {
  background: $raised; border: 1px solid $lineStrong; border-radius: 6px; padding: 4px;
  selection-background-color: $accentSoft; selection-color: $text;
}
QComboBox QAbstractItemView::item { min-height: 28px; padding: 0 8px; border-radius: 4px; }
QDateTimeEdit { max-height: 30px; }
QDateTimeEdit::drop-down { border: 0; width: 26px; }
QDateTimeEdit::down-arrow { image: url($imgDown); width: 14px; height: 14px; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button,
QTimeEdit::up-button, QTimeEdit::down-button {
  width: 22px; border: 0; background: transparent; subcontrol-origin: border;
}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow, QTimeEdit::up-arrow { image: url($imgUp); width: 12px; height: 12px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow, QTimeEdit::down-arrow {
  image: url($imgDown); width: 12px; height: 12px;
}
QCheckBox, QRadioButton { spacing: 8px; min-height: 22px; }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }
QCheckBox::indicator {
  width: 16px; height: 16px; border: 1px solid $lineField; border-radius: 4px; background: $surface;
}
QCheckBox::indicator:hover { border-color: $text3; }
QCheckBox::indicator:focus { border-color: $focus; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($imgTick); }
QCheckBox::indicator:indeterminate { background: $accent; border-color: $accent; image: url($imgDot); }
QCheckBox::indicator:disabled { border-color: $line; background: $sunken; }
QRadioButton::indicator {
  width: 16px; height: 16px; border: 1px solid $lineField; border-radius: 9px; background: $surface;
}
QRadioButton::indicator:checked { border: 5px solid $accent; width: 8px; height: 8px; }

QSlider { min-height: 24px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $track; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
  width: 14px; height: 14px; margin: -6px 0; border-radius: 8px; background: $surface;
  border: 1px solid $lineField;
}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { border-color: $accent; }

QFrame[seg="true"] { background: $segTrack; border: 0; border-radius: 7px; }
QPushButton[segbtn="true"] {
  background: transparent; border: 1px solid transparent; border-radius: 5px; min-height: 22px; padding: 0 9px;
  color: $text2;
}
QPushButton[segbtn="true"][bare="true"] { padding: 0; }
QPushButton[segbtn="true"][dim="tall"] { min-height: 26px; }
QPushButton[segbtn="true"]:hover { color: $text; }
QPushButton[segbtn="true"]:checked { background: $segOn; color: $text; border-color: $lineStrong; }
QPushButton[segbtn="true"]:disabled { color: $disabled; }
QPushButton[tab="true"] {
  background: transparent; border: 0; border-bottom: 2px solid transparent; border-radius: 0; color: $text3;
  padding: 0 2px; min-height: 34px;
}
QPushButton[tab="true"]:hover { color: $text; }
QPushButton[tab="true"]:checked { color: $text; border-bottom-color: $accent; }
QPushButton[filter="true"] {
  border: 1px solid $line; border-radius: 14px; min-height: 26px; padding: 0 11px; color: $text2;
  background: transparent;
}
QPushButton[filter="true"]:hover { background: $hover; }
QPushButton[filter="true"]:checked { background: $accentSoft; color: $accentText; border-color: $accentSoft; }

QMenu { background: $raised; border: 1px solid $lineStrong; border-radius: 8px; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 10px; border-radius: 5px; min-height: 18px; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }

QPlainTextEdit, QTextEdit, QTextBrowser {
  background: $surface; border: 0; selection-background-color: $selection; selection-color: $text;
}
QPlainTextEdit[boxed="true"], QTextEdit[boxed="true"] {
  border: 1px solid $lineField; border-radius: 6px; padding: 4px 6px;
}
QPlainTextEdit[boxed="true"]:focus, QTextEdit[boxed="true"]:focus { border-color: $focus; }
QTableView, QListView, QTreeView {
  background: $surface; border: 0; gridline-color: transparent; selection-background-color: $accentSoft;
  selection-color: $text; alternate-background-color: $surface;
}
QTableView::item { padding: 0 9px; border: 0; border-bottom: 1px solid $line; }
QTableView::item:hover { background: $sunken; }
QCalendarWidget QTableView::item { padding: 0; border: 0; border-radius: 4px; }
QCalendarWidget QTableView::item:selected { background: $accent; color: $onAccent; }
QCalendarWidget #qt_calendar_navigationbar { background: $raised; border-bottom: 1px solid $line; }
QCalendarWidget QToolButton { background: transparent; border: 0; padding: 4px 8px; color: $text; font-weight: 600; }
QCalendarWidget QToolButton:hover { background: $hover; border-radius: 5px; }
QTableView::item:selected { background: $accentSoft; color: $text; }
QListView::item { padding: 0 9px; border: 0; }
QListView::item:hover { background: $hover; }
QListView::item:selected { background: $accentSoft; color: $text; }
QHeaderView { background: $sunken; border: 0; }
QHeaderView::section {
  background: $sunken; border: 0; border-bottom: 1px solid $line; padding: 0 9px; font-weight: 600;
}
QTableCornerButton::section { background: $sunken; border: 0; border-bottom: 1px solid $line; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; } QSplitter::handle:vertical { height: 1px; }

QProgressBar { background: $track; border: 0; border-radius: 2px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $thumb; border-radius: 3px; min-height: 32px; min-width: 32px; }
QScrollBar::handle:hover { background: $text3; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
  background: none; border: 0; width: 0; height: 0;
}
QAbstractScrollArea::corner { background: transparent; }
"""
