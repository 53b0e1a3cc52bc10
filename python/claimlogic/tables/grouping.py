"""Which files make up which edition of which table, and what a user must tell because no file does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from claimlogic.errors import InputError
from claimlogic.tables.days import written_day
from claimlogic.tables.documents import Document, open_documents
from claimlogic.tables.editions import Edition, edition_in_name
from claimlogic.tables.formats.normalised import rationale_texts
from claimlogic.tables.layouts import LAYOUTS
from claimlogic.tables.manifest import table_key
from claimlogic.tables.reading import Reading
from claimlogic.tables.recognise import KNOWN, recognise

Rationales = Sequence[tuple[str, str]]

# The list of rationale texts is looked for beside a file that names rationales by letter.
_RATIONALES_BESIDE = "ncci_ptp_rationale_codes.tsv"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user tells: the edition's id, its first and last day (YYYYMMDD), whose claims the table judges."""

    edition: str | None = None
    first: int | None = None
    last: int | None = None
    judges: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A document of an edition and how it is read."""

    document: Document
    reading: Reading


@dataclass(frozen=True, slots=True)
class Opened:
    """What a file given holds: tables, lists of rationale texts, and the names of what is left aside."""

    members: tuple[Member, ...] = ()
    rationales: Rationales = ()
    left_aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The documents of one edition of one table, in a fixed order."""

    layout: str
    published: str
    judges: str
    edition: Edition
    members: tuple[Member, ...]
    rationales: Rationales = ()

    @property
    def key(self) -> str:
        """The table's name in the store."""
        return table_key(self.published, self.judges)

    @property
    def names(self) -> list[str]:
        """The names of the documents."""
        return [member.document.name for member in self.members]

    @property
    def missing_parts(self) -> tuple[str, ...]:
        """The parts of the edition that no document holds; none where the documents do not name their parts."""
        given = {member.reading.part for member in self.members}
        return () if "" in given else tuple(part for part in LAYOUTS[self.layout].parts if part not in given)


def opened(path: Path, scratch: Path) -> Opened:
    """The tables in the file at ``path``. Raises InputError where it holds none."""
    documents = open_documents(path, scratch)
    members: dict[tuple[str, str | None, Edition | None, str], Member] = {}
    rationales: list[tuple[str, str]] = []
    left_aside = []
    for document in sorted(documents, key=lambda document: (document.form == "sheet", document.name)):
        if document.form == "sheet" and document.stem in {member.document.stem for member in members.values()}:
            left_aside.append(document.name)
            continue
        reading = recognise(document)
        texts = None if reading else rationale_texts(document)
        if reading is None:
            rationales.extend(texts or ())
            if texts is None:
                left_aside.append(document.name)
            continue
        same = (reading.published, reading.judges, reading.edition, reading.part)
        if same in members:
            left_aside.append(document.name)
        else:
            members[same] = Member(document, reading)
    if not members and not rationales:
        raise InputError(f"no table is recognised in it; the store keeps {KNOWN}", path.name)
    return Opened(tuple(members.values()), tuple(rationales), tuple(left_aside))


def grouped(files: Sequence[Opened], choice: Choice) -> tuple[list[Group], list[str]]:
    """The editions that the files make up, by table and first day; and what is left aside.

    Raises InputError for a document whose table or edition nothing tells, and for two that hold the same.
    """
    rationales = [texts for file in files for texts in file.rationales]
    found: dict[tuple[str, str, Edition], list[Member]] = {}
    for member in (member for file in files for member in file.members):
        judges = _judges(member, choice)
        edition = _edition(member, choice)
        found.setdefault((member.reading.published, judges, edition), []).append(member)
    if len({(published, judges) for published, judges, _ in found}) < len(found) and choice.first:
        raise InputError("these files hold several editions of a table; import them one after the other", "--from")
    groups = []
    for (published, judges, edition), members in sorted(found.items(), key=lambda item: item[0]):
        members.sort(key=lambda member: (member.reading.part, member.document.name))
        _check_distinct(members)
        layout = members[0].reading.layout
        groups.append(Group(layout, published, judges, edition, tuple(members), _rationales_for(members, rationales)))
    return groups, [name for file in files for name in file.left_aside]


def _judges(member: Member, choice: Choice) -> str:
    told = member.reading.judges
    if told is None:
        if choice.judges is None:
            problem = "nothing tells whose claims this table judges; say --table practitioner or --table hospital"
            raise InputError(problem, member.document.name)
        return choice.judges
    if told and choice.judges not in (None, told):
        raise InputError(f"this is a {told} table; leave out --table {choice.judges}", member.document.name)
    return told


def _edition(member: Member, choice: Choice) -> Edition:
    told = member.reading.edition
    if choice.edition and (told is None or choice.edition != told.id):
        named = edition_in_name(choice.edition)
        days = named or told
        told = Edition(days.first, days.last, choice.edition) if days else None
    first = choice.first or (told.first if told else None)
    last = choice.last or (told.last if told else None)
    if first is None or last is None:
        problem = "nothing tells which edition this is; say so with --edition, --from and --to"
        raise InputError(problem, member.document.name)
    if last < first:
        raise InputError(f"the edition would end on {written_day(last)}, before it begins", member.document.name)
    name = choice.edition or (told.id if told and (told.first, told.last) == (first, last) else None)
    return Edition(first, last, name or f"{written_day(first)} to {written_day(last)}")


def _check_distinct(members: Sequence[Member]) -> None:
    seen: dict[str, Member] = {}
    for member in members:
        part = member.reading.part
        several = not part and bool(LAYOUTS[member.reading.layout].parts)
        other = seen.get(part)
        if other and (not several or other.document.sha256 == member.document.sha256):
            problem = f"it holds the same as {other.document.name}; give one of the two"
            raise InputError(problem, member.document.name)
        seen[part] = member


def _rationales_for(members: Sequence[Member], given: Rationales) -> Rationales:
    by_letter = [member for member in members if member.reading.by_letter]
    if given or not by_letter:
        return given if by_letter else ()
    beside = by_letter[0].document.given.parent / _RATIONALES_BESIDE
    if not beside.is_file():
        return ()
    return rationale_texts(Document(beside.name, "", beside, "text", beside, beside.parent)) or ()
