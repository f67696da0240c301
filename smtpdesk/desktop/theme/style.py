"""Fusion underneath, so that every system draws the same; only what a style sheet cannot say is changed."""

from __future__ import annotations

from PySide6.QtWidgets import QProxyStyle, QStyle, QStyleHintReturn, QStyleOption, QWidget


class DeskStyle(QProxyStyle):
    """Fusion with small icons of 16 px, thin scroll bars, list-like combo boxes and quick tool tips."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        """Sizes that Fusion would take from the desktop."""
        if metric == QStyle.PixelMetric.PM_SmallIconSize:
            return 16
        if metric == QStyle.PixelMetric.PM_ScrollBarExtent:
            return 10
        return super().pixelMetric(metric, option, widget)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,
    ) -> int:
        """Behaviour that Fusion would take from the desktop."""
        if hint in (QStyle.StyleHint.SH_ComboBox_Popup, QStyle.StyleHint.SH_EtchDisabledText):
            return 0
        if hint == QStyle.StyleHint.SH_ToolTip_WakeUpDelay:
            return 350
        return super().styleHint(hint, option, widget, returnData)
