"""The same steady load on two processes that hear no wake-up: their listeners are connected, and nothing comes. What
remains is that each looks at the streams of its own people every few seconds."""

from tests.bench.scene import Place, stage
from tests.bench.steady import Times, steady
from tests.faults.proxy import Weather


async def unheard() -> Times:
    """What the messages took."""
    async with stage(nodes=1) as made:
        for back in made.backs:
            back.turn(Weather(deaf=True))
            back.cut_all()
        await made.ready()
        return await steady(Place(made.fronts[0].address, made.settings))
