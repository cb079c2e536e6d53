"""What people do in a simulated world: they open pages, type, and give and end grants."""

from __future__ import annotations

from server.devices.invites import authority
from sync import clock
from sync.commit import Change, commit_of
from sync.ids import GrantId, PlaceId, mint_at
from sync.ledger.acceptance import accepted_heads
from sync.ledger.apply import Arrival
from sync.ledger.edits import pendings, sign
from sync.ledger.receive import Intake
from sync.value import Cell, choice_value, flag_value, quantity_value, text_value
from tests.sim import disk
from tests.sim.defining import define
from tests.sim.replica import UNIT, Laptop, Page, Person
from tests.sim.world import CELLS, PLACES, UNKNOWN, Typing, World


async def view(world: World, laptop: Laptop, place: PlaceId, cell: Cell) -> None:
    """Someone opens a page and leaves it open."""
    laptop.pages[place, str(cell)] = await laptop.page(place, cell)


async def type_value(
    world: World,
    laptop: Laptop,
    place: PlaceId,
    cell: Cell,
    *,
    stale: bool = False,
    as_whom: Person | None = None,
) -> int:
    """Someone types a value: from a page drawn now, or from one left open before; its number."""
    where = (place, str(cell))
    old = laptop.pages.get(where) if stale else None
    page = await laptop.page(place, cell) if old is None else old
    with disk.calm(laptop.folder):
        before = await _pending_name(laptop, place, cell)
    person = as_whom or laptop.person
    grant = person.grants[-1]
    number = world.oracle.type(
        where,
        laptop.ledger.device,
        grant,
        page.numbers,
        is_signed_in=person.name == laptop.person.name,
    )
    world.typing = Typing(laptop, number, before and before[1])
    catalogue = world.random.choice(("", "first", "second")) if world.hard else ""
    await laptop.type(place, cell, number, (person.name, grant), old, catalogue)
    world.typing = None
    if before:
        with disk.calm(laptop.folder):
            after = next(
                p for p in await pendings(laptop.ledger.database, [place]) if p.edit.cell == cell
            )
        if before[0] in after.replaced:
            world.oracle.overtyped.add(before[1])
    world.note(
        laptop.name, "types", number, _name(place), cell.field, "seeing", sorted(page.numbers)
    )
    return number


async def _pending_name(laptop: Laptop, place: PlaceId, cell: Cell) -> tuple[bytes, int] | None:
    for pending in await pendings(laptop.ledger.database, [place]):
        if pending.edit.cell == cell:
            name = pending.name(laptop.ledger.device)
            return name, pending.edit.value.number // UNIT
    return None


async def type_on_server(
    world: World, place: PlaceId, cell: Cell, *, page: Page | None = None
) -> int:
    """Someone types on a page of the server's own: it is filed with what the page did not show."""
    server, ledger = world.server, world.server.ledger
    now = await server.page(place, cell)
    page = page or now
    person, grant = authority(ledger)
    number = world.oracle.type((place, str(cell)), ledger.device, grant, page.numbers)
    world.typing = Typing(server, number, None)
    async with ledger.transaction() as database:
        stamp = clock.tick(await database.meta("last_stamp") or 0, ledger.now())
        await database.set_meta("last_stamp", stamp)
        value, unseen = quantity_value(number * UNIT), tuple(now.names - page.names)
        heads = (await accepted_heads(database, [place])).get(place, [])
        commit = commit_of(
            realm=ledger.realm,
            place=place,
            parents=heads,
            device=ledger.device,
            author=person,
            grant=grant,
            changes=[Change(cell, value, stamp, unseen)],
        )
        intake = Intake(ledger, database)
        await intake.file([Arrival(commit, sign(ledger.sealer, commit))])
        await intake.finish()
    world.typing = None
    world.note("server types", number, _name(place), cell.field, "seeing", sorted(page.numbers))
    return number


async def end_grant(world: World, laptop: Laptop, *, ended: bool = True) -> None:
    """An administrator ends the grant that a laptop's person uses, or gives it back."""
    grant = laptop.person.grants[-1]
    if ended:
        world.oracle.ended.add(grant)
    world.note("grant of", laptop.name, "ended" if ended else "given back")
    await world.file(laptop.home, (Cell("grant", grant.hex(), "ended"), flag_value(ended)))


async def give_grant(world: World, laptop: Laptop) -> None:
    """An administrator gives a laptop's person another grant, which they use from now on."""
    grant = GrantId(mint_at("grant", laptop.home, world.random.randbytes(16)))
    world.note("new grant for", laptop.name)
    await world.file(laptop.home, *grant_cells(grant, laptop.person))
    laptop.person.grants.append(grant)


def grant_cells(grant: GrantId, person: Person) -> list[tuple[Cell, object]]:
    """The cells that give a person an entry grant."""
    return [
        (Cell("grant", grant.hex(), "person"), text_value(person.name.hex())),
        (Cell("grant", grant.hex(), "role"), choice_value("enter")),
    ]


async def revoke(world: World, laptop: Laptop) -> None:
    """An administrator revokes a device."""
    device = laptop.ledger.device
    world.oracle.revoked.add(device)
    world.note("revoked", laptop.name)
    await world.file(laptop.home, (Cell("device", device.hex(), "revoked"), flag_value(True)))


DEEDS = (
    "type",
    "view",
    "server",
    "server view",
    "end",
    "give back",
    "new",
    "stranger",
    "revoke",
    "move",
    "define",
)


async def live_a_moment(world: World, chosen: Laptop | None = None) -> None:
    """One thing that some person does, at that laptop or any."""
    random = world.random
    laptop = chosen or random.choice(world.laptops)
    place = random.choice([laptop.home, *laptop.ledger.below(laptop.home)])
    cell = random.choice((*CELLS, UNKNOWN) if world.hard else CELLS)
    often = (12, 4, 2, 1, 0.6, 0.4, 0.5, 0.4, 0.06, 0.15, 0.2 if world.hard else 0)
    deed = random.choices(DEEDS, often)[0]
    where = (place, str(cell))
    if deed == "type":
        await type_value(world, laptop, place, cell, stale=random.random() < 0.4)
    elif deed == "view":
        await view(world, laptop, place, cell)
    elif deed == "server":
        page = world.server.pages.get(where) if random.random() < 0.5 else None
        await type_on_server(world, place, cell, page=page)
    elif deed == "server view":
        world.server.pages[where] = await world.server.page(place, cell)
    elif deed in ("end", "give back"):
        await end_grant(world, laptop, ended=deed == "end")
    elif deed == "new":
        await give_grant(world, laptop)
    elif deed == "stranger":
        other = random.choice(world.laptops)
        await type_value(world, laptop, place, cell, as_whom=other.person)
    elif deed == "define":
        await define(world)
    elif deed == "move":
        await world.move(PLACES["village three"], random.choice(("town", "other town")))
    else:
        await revoke(world, laptop)
    if deed not in ("type", "view", "server", "server view"):
        world.faults[f"administration: {deed}"] += 1


def _name(place: PlaceId) -> str:
    return next((name for name, known in PLACES.items() if known == place), place.hex()[:6])
