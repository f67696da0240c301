"""The page itself: which profile is on show, what is unsaved, and what the desk is asked to do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desk.findings import Candidate
from smtpdesk.desk.mends import Mend
from smtpdesk.desk.profile_test import Recommendation
from smtpdesk.desktop.components import Tasks, choose, confirm, vbox
from smtpdesk.desktop.pages.profiles.dkim_deeds import DkimDeeds
from smtpdesk.desktop.pages.profiles.fixes import Fixes
from smtpdesk.desktop.pages.profiles.frame import ProfilesFrame
from smtpdesk.desktop.pages.profiles.hand_over import HandOver
from smtpdesk.desktop.pages.profiles.sign_in_deeds import SignInDeeds
from smtpdesk.desktop.pages.profiles.words import from_preset, lost_words, shown_name
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.domain.profile import SANDBOX, Dkim, Profile
from smtpdesk.store import ProfileRow

PAGE = PageInfo(id="profiles", title=lambda: _("SMTP profiles"), icon="server", order=30)


class Page(QWidget):
    """List, form and test. ``opened(name="office")`` shows a profile, ``opened(add=True)`` begins a new one.

    ``opened(name="office", test=True)`` starts its test at once.
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._desk = context.desk
        self._tasks = Tasks(self, self._told)
        self._rows: list[ProfileRow] = []
        self._saved: Profile | None = None
        self._is_new = self._knows_vault = False
        self._test_task: asyncio.Task[Any] | None = None
        self._lookup_task: asyncio.Task[Any] | None = None
        self._pin = ("", "")  # the certificate that is trusted, and at which host
        self._trusted_host = ""  # that of a fix which the person chose: it may have the stored password
        self._fixes = Fixes(self._desk.profiles, self._restore)
        #: The window is closing: a test that ends now has nothing left to be shown on.
        self._gone = False
        self._presets = {provider.id: provider for provider in self._desk.profiles.presets()}
        self.frame = ProfilesFrame(list(self._presets.values()))
        self.list, self.form, self.test = self.frame.list, self.frame.form, self.frame.test
        dkim, to_signing = self.frame.dkim, self.frame.to_signing
        self.dkim = DkimDeeds(dkim, self._desk, self._tasks, self._signs, to_signing, context.toast)
        sign_in, session_only = self.form.sign_in, self.form.session_only
        self.signing = SignInDeeds(sign_in, self._desk, self._tasks, self._as_saved, session_only, self._signed_in)
        self.files = HandOver(self, self._desk, self.frame.banner, self._reload, context.toast)
        self.setLayout(vbox(self.frame))
        self._connect()

    def _connect(self) -> None:
        frame = self.frame
        self.list.picked.connect(lambda name: self._tasks.spawn(self._pick(name)))
        self.list.added.connect(lambda: self._tasks.spawn(self._add()))
        self.form.edited.connect(self._show_dirty)
        self.form.edited.connect(self._fixes.forget)
        self.test.wanted.connect(self._start_test)
        self.test.cancelled.connect(self._stop_test)
        self.test.everything.connect(self._start_everything)
        self.test.mended.connect(self._mend)
        self.test.kept.connect(self._keep)
        frame.chooser.chosen.connect(self._begin_new)
        frame.chooser.lookup.wanted.connect(self._start_lookup)
        frame.chooser.lookup.cancelled.connect(self._stop_lookup)
        frame.chooser.lookup.taken.connect(self._begin_found)
        self.list.exported.connect(lambda: self._tasks.spawn(self.files.export()))
        self.list.imported.connect(lambda: self._tasks.spawn(self._import()))
        frame.chooser.cancelled.connect(lambda: self._tasks.spawn(self._reload()))
        frame.save.clicked.connect(lambda: self._tasks.spawn(self._save()))
        frame.discard.clicked.connect(self._discard)
        frame.remove.clicked.connect(lambda: self._tasks.spawn(self._remove()))
        frame.performance.clicked.connect(lambda: self._context.go("performance", profile=self._saved_name()))
        frame.domain.clicked.connect(lambda: self._context.go("domain", profile=self._saved_name()))
        self.form.sign_in.help_wanted.connect(lambda: self._context.go("help", topic="signing-in-with-oauth2"))
        frame.to_sandbox.clicked.connect(lambda: self._context.go("sandbox"))

    # --- coming and going --------------------------------------------------------------------------------------
    async def opened(self, name: str = "", add: bool = False, test: bool = False) -> None:
        """Read the profiles; an unsaved draft stays until the person lets it go."""
        self._tasks.spawn(self._look_at_vault())
        if not self._dirty() or (name and await self.may_leave()):
            await self._reload(name)
        if add:
            await self._add()
        elif test and self._saved is not None and self._saved.name == name and not self._dirty():
            self._start_test()

    async def _look_at_vault(self) -> None:
        """Tell the form where passwords go. A locked keyring takes its time; the form is there meanwhile."""
        status = await self._desk.profiles.vault_status()
        self._knows_vault = True
        kept = _("Kept in the system keyring, never in a file.")
        tick = _("Tick “For this session only” to use it until the program is closed.")
        self.form.set_keyring(status.usable, kept if status.usable else f"{status.reason} {tick}")

    def closed(self) -> None:
        """Stop a running test and everything else."""
        self.frame.chooser.lookup.stop()
        self._gone = True
        self._tasks.cancel()

    async def may_leave(self) -> bool:
        """Ask about unsaved changes."""
        if not self._dirty():
            return True
        answer = await choose(
            self,
            _("Save the changes?"),
            _("The profile “{name}” was changed.").format(name=self.frame.title()),
            [("cancel", _("Cancel")), ("discard", _("Discard")), ("save", _("Save"))],
            primary="save",
        )
        if answer == "save":
            return await self._save()
        if answer == "discard":
            self._discard()
        return answer == "discard"

    # --- which profile -----------------------------------------------------------------------------------------
    async def _reload(self, name: str = "") -> None:
        self._rows = await self._desk.profiles.all()
        own = [row for row in self._rows if row.profile.provider != SANDBOX]
        self._context.set_count(PAGE.id, len(own))
        self.list.set_rows(self._rows)
        by_name = {row.profile.name: row for row in self._rows}
        before = self._saved.name if self._saved else ""
        first = (own or self._rows)[0].profile.name if self._rows else ""
        wanted = next((key for key in (name, before, first) if key in by_name), None)
        if wanted is not None:
            self._show(by_name[wanted].profile)

    def _show(self, profile: Profile) -> None:
        self._stop_test()
        self._saved, self._is_new = profile, False
        self._fill(profile)
        self.dkim.show(profile)
        self.signing.show(profile)
        self.list.set_current(profile.name)
        if profile.username:
            self._tasks.spawn(self._look_for_secret(profile))

    async def _look_for_secret(self, profile: Profile) -> None:
        """Dots for a password that is kept; asking the keyring may take its time, too."""
        has_secret = await self._desk.profiles.has_secret(profile)
        if self._saved == profile:
            for_session = self._desk.profiles.kept_for_session(profile)
            self.form.set_has_secret(has_secret, for_session=for_session)

    def _fill(self, profile: Profile) -> None:
        self._pin = (profile.relay.host, profile.relay.pinned_sha256)
        self._trusted_host = ""
        self._fixes.forget()
        alone = profile.provider == SANDBOX and all(row.profile.provider == SANDBOX for row in self._rows)
        self.frame.show_editor(shown_name(profile.name), profile.provider == SANDBOX, alone)
        self.form.load(profile, self._presets.get(profile.provider))
        self.test.reset(profile.identity.from_header, first=not alone)
        self._show_dirty()

    async def _pick(self, name: str) -> None:
        current = "" if self._is_new else self._saved.name if self._saved else None
        if name == current and not self.frame.is_choosing():
            return
        if not await self.may_leave():
            self.list.set_current(current)
            return
        await self._reload(name)

    # --- a new one ---------------------------------------------------------------------------------------------
    async def _add(self) -> None:
        if await self.may_leave():
            self.list.set_current(None)
            self.frame.show_chooser()

    def _begin_new(self, provider_id: str, address: str = "") -> None:
        provider = self._presets.get(provider_id)
        name = self._free_name(provider.name if provider and provider.endpoints else _("My server"))
        self._begin(from_preset(name, provider, address))

    def _begin_found(self, candidate: Candidate, address: str) -> None:
        """A new one with the server that was found for an address."""
        provider = self._presets.get(candidate.provider)
        name = self._free_name(provider.name if provider and provider.endpoints else address.rpartition("@")[2])
        self._begin(candidate.profile(name, address))

    def _begin(self, profile: Profile) -> None:
        self._stop_test()
        self.frame.chooser.lookup.stop()
        self._saved, self._is_new = None, True
        self._fill(profile)
        self.dkim.show(None)
        self.signing.show(self.form.profile(), saved=False)
        self.list.set_rows(self._rows, profile.name)
        self.list.set_current("")
        self.form.focus_first()

    # --- from an address to settings ---------------------------------------------------------------------------
    def _start_lookup(self, address: str) -> None:
        self._stop_lookup()
        self._lookup_task = self._tasks.spawn(self._look_up(address))

    async def _look_up(self, address: str) -> None:
        lookup = self.frame.chooser.lookup
        lookup.begin()
        try:
            lookup.show_found(await self._desk.profiles.find(address, progress=lookup.add))
        except DeskError:
            lookup.fail()
            raise

    def _stop_lookup(self) -> None:
        if self._lookup_task is not None:
            self._lookup_task.cancel()
            self._lookup_task = None

    async def _import(self) -> None:
        if await self.may_leave():
            await self.files.import_()

    def _free_name(self, wanted: str) -> str:
        taken = {row.profile.name for row in self._rows}
        clean = wanted.replace("/", " ").replace("\\", " ")
        names = [clean, *(f"{clean} {number}" for number in range(2, 1000))]
        return next(name for name in names if name not in taken)

    # --- saving ------------------------------------------------------------------------------------------------
    def _dirty(self) -> bool:
        if self._is_new:
            return True
        if self._saved is None or self._saved.provider == SANDBOX:
            return False
        return self._entered() != self._saved or self.form.secret() is not None

    def _entered(self) -> Profile:
        """What the form says; how the profile signs and who signed in is saved at once and no part of the form.

        Nor is the certificate that it trusts: that holds as long as the host is the same.
        """
        saved, made = self._saved, self.form.profile()
        made = replace(made, dkim=saved.dkim if saved else None, account=saved.account if saved else "")
        host, pin = self._pin
        return replace(made, relay=replace(made.relay, pinned_sha256=pin)) if made.relay.host == host else made

    def _signs(self, name: str, dkim: Dkim | None) -> None:
        if self._saved is not None and self._saved.name == name:
            self._saved = replace(self._saved, dkim=dkim)
            self.dkim.show(self._saved)

    async def _as_saved(self) -> Profile | None:
        """The profile on show, once what was typed is kept; a sign-in belongs to a saved one."""
        if self._dirty() and not await self._save():
            return None
        return self._saved

    def _signed_in(self, profile: Profile) -> None:
        if self._saved is not None and self._saved.name == profile.name:
            self._tasks.spawn(self._reload(profile.name))

    def _saved_name(self) -> str:
        return self._saved.name if self._saved is not None else ""

    def _show_dirty(self) -> None:
        self.frame.show_unsaved(self._dirty(), not self._is_new)

    async def _save(self) -> bool:
        others = {row.profile.name for row in self._rows} - {self._saved.name if self._saved else ""}
        if self.form.problems(others):
            return False
        profile, was = self._entered(), self._saved.name if self._saved else None
        try:
            if not self._knows_vault:
                await self._look_at_vault()
            session_only = self.form.session_only()
            how = {"session_only": session_only, "new": self._is_new}
            trust, secret = self._trusted_host, self.form.secret()
            lost = await self._desk.profiles.save(profile, secret, was=was, trusted_host=trust, **how)
        except DeskError as error:
            if not self.form.show_error(error):
                self.frame.banner.set_error(error)
            return False
        self._is_new, self._saved = False, profile
        await self._reload(profile.name)
        self._context.toast(_("Profile saved"))
        if lost:
            self.frame.banner.set("warn", lost_words(profile))
        return True

    def _discard(self) -> None:
        self._is_new = False
        if self._saved is not None:
            self._show(self._saved)
        self._tasks.spawn(self._reload())

    async def _remove(self) -> None:
        assert self._saved is not None
        sure = await confirm(
            self,
            _("Remove “{name}”?").format(name=self._saved.name),
            _("Its password is removed from the keyring too. What was sent with it stays in the log."),
            _("Remove"),
            danger=True,
        )
        if sure:
            await self._desk.profiles.remove(self._saved.name)
            self._saved = None
            await self._reload()

    # --- testing -----------------------------------------------------------------------------------------------
    def _start_test(self) -> None:
        if self._saved is not None and self._saved.provider == SANDBOX:
            self._test_task = self._tasks.spawn(self._run_test(self._saved))
        elif not self.form.problems(()):
            self._test_task = self._tasks.spawn(self._run_test(self._entered()))

    async def _run_test(self, profile: Profile) -> None:
        to, send = self.test.to.text().strip(), self.test.send.isChecked()
        self.test.begin(profile)
        cancelled, told = False, []
        try:
            trust, secret = self._trusted_host, self.form.secret()
            async for step in self._desk.profiles.test(profile, secret, to, send=send, trusted_host=trust):
                told.append(step)
                self.test.add(step)
            profiles = self._desk.profiles
            offer = profiles.offer(profile, told) if profile.provider != SANDBOX else None
            self.test.explain(self._fixes.judged(profile, profiles.diagnose(profile, told)), offer)
        except asyncio.CancelledError:
            cancelled = True
            raise
        except DeskError as error:
            self.test.show_error(error)
        finally:
            self._test_task = None
            if not self._gone:
                self.test.end(cancelled)
        if not self._is_new and not self._dirty():
            self._rows = await self._desk.profiles.all()
            self.list.set_rows(self._rows)
            self.list.set_current(profile.name)

    def _start_everything(self) -> None:
        if not self.form.problems(()):
            self._stop_test()
            self._test_task = self._tasks.spawn(self._run_everything(self._entered()))

    async def _run_everything(self, profile: Profile) -> None:
        self.test.begin_survey()
        found: Recommendation | None = None
        try:
            async for one in self._desk.profiles.try_everything(profile):
                self.test.survey.add(one)
            tried = self.test.survey.tried()
            found = await self._desk.profiles.recommend(profile, tried, self.form.secret())
        except DeskError as error:
            self.test.show_error(error)
        finally:
            self._test_task = None
            if not self._gone:
                self.test.end_survey(found)

    def _stop_test(self) -> None:
        if self._test_task is not None:
            self._test_task.cancel()

    def _mend(self, mend: Mend) -> None:
        self._fill_in(self._fixes.take(self._entered(), mend))
        self._trusted_host = mend.profile.relay.host
        self._start_test()

    def _restore(self, before: Profile) -> None:
        self._fill_in(before)
        self._trusted_host = ""
        self._context.toast(_("That did not help, so the fields are as they were."))

    def _keep(self, mend: Mend) -> None:
        self._fill_in(mend.profile)
        self.form.show_limits()

    def _fill_in(self, profile: Profile) -> None:
        """Another profile in the form, with the password that was typed; the test stays on show."""
        typed = self.form.secret()
        self._pin = (profile.relay.host, profile.relay.pinned_sha256)
        self.form.load(profile, self._presets.get(profile.provider))
        self.form.keep_typed(typed)
        if self._saved is not None and profile.username:
            self._tasks.spawn(self._look_for_secret(self._saved))
        self._show_dirty()

    def _told(self, error: DeskError) -> None:
        self.frame.banner.set_error(error)
