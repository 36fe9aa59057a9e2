"""J2 whole: an agreement is drafted, countered, compared, approved, signed, changed and ended, whatever breaks."""

from pathlib import Path

from tests.instances.journey import Journey, journey
from tests.instances.offices import NEW, TERMS, Offices, code_on, hash_on, offices
from tests.server.admin.desk import press, pressed
from tests.support.instances import Databases
from tests.support.site import Answer

ALPHA, BETA = "alpha.test", "beta.test"


async def propose(by: Offices, **changes: str) -> Answer:
    """Both persons of a firm have put their names to new terms."""
    drafted = await pressed(by.admin, NEW, NEW, host=by.other, **TERMS | {"community:plans": "on"} | changes)
    await by.signs()
    return drafted


async def answer(by: Offices, **shares: str) -> Answer:
    """The administrator of a firm means to sign what the other one offers."""
    return await pressed(by.admin, by.page, f"{by.page}/answer", **shares)


async def both_show(way: Journey, alpha: Offices, beta: Offices, *words: str) -> None:
    """The pages of both firms say the same."""
    await way.step()
    ours, theirs = await alpha.auditor.get(alpha.page), await beta.auditor.get(beta.page)
    for page in (ours, theirs):
        assert [word for word in words if word not in page.text] == []
    assert hash_on(ours) == hash_on(theirs)
    # Nothing is in force any more at the end.
    assert (hash_on(ours) == "") is ("Ended" in words)


async def test_an_agreement_from_the_first_draft_to_its_end(new_database: Databases, tmp_path: Path) -> None:
    """J2, threats T234: each letter is sent again at every step, by anybody, and changes nothing at either firm."""
    async with journey(new_database, tmp_path, ALPHA, BETA) as way:
        await way[ALPHA].community("plans", host=await way[ALPHA].person("alice"), scope="selected")
        await way[BETA].community("ideas", host=await way[BETA].person("bob"), scope="all")
        alpha, beta = await offices(way[ALPHA], BETA), await offices(way[BETA], ALPHA)

        drafted = await propose(alpha)
        # Killed with the letter in its queue, which goes out after all.
        await way.kill(ALPHA)
        await way.step()
        assert "12 months" in (await beta.admin.get(beta.page)).text

        # beta shares something of its own, which is a counter-proposal; killed between the approval and the signature.
        answered = await answer(beta, **{"community:ideas": "on"})
        assert code_on(drafted) == code_on(answered) != ""
        early = await beta.auditor.get(beta.page)
        await pressed(beta.auditor, early, f"{beta.page}/approve")
        await way.kill(BETA)
        await pressed(beta.admin, beta.page, f"{beta.page}/sign")
        await way.kill(ALPHA)
        await both_show(way, alpha, beta, "Active", "plans", "ideas", "12 months")

        # A change applies once both have signed it; until then the version before does.
        await propose(alpha, retention_months="6")
        await way.step()
        assert "Proposed: version 3" in (await beta.admin.get(beta.page)).text
        await answer(beta, **{"community:ideas": "on"})
        await beta.signs()
        await both_show(way, alpha, beta, "Active", "6 months", "ideas")

        # The end is said while nobody hears it, and by somebody who is killed over it.
        with way.cut_off(BETA):
            wrong = await press(alpha.admin, alpha.page, f"{alpha.page}/end", confirm="gamma.test")
            await pressed(alpha.admin, alpha.page, f"{alpha.page}/end", confirm=BETA, reason="It is over")
            await way.kill(ALPHA)
            assert "Active" in (await beta.admin.get(beta.page)).text
        assert wrong.status == 422
        await both_show(way, alpha, beta, "Ended")
