"""The store in Redis, with an outbox on this machine while Redis is unreachable."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from bot.serialization import turn_to_json
from bot.state.disk import DiskProbe
from bot.state.error import StoreError, StoreFullError
from bot.state.outbox import Change, Outbox
from bot.state.redis import AWAY, Applied, RedisConversations, State
from bot.state.sqlite import build_conversation
from bot.types import Conversation, ConversationError, Health, Message, Reply, Turn

Result = TypeVar("Result")

_RETRY_EVERY = 1.0
_RENEWAL = 1.0
# The most conversations of which this process remembers that the outbox holds an exact copy.
_MOST = 1000


class RedisStore:
    """The store for more than one process.

    A change is one MULTI that also records its own id, so that a change whose answer was lost is not made twice. It is
    durable on return if Redis runs with appendonly yes and appendfsync always; health() warns if not. While Redis is
    unreachable, every call goes to the outbox, which holds the conversations that this machine used lately. The changes are
    replayed in order when Redis is back; it is tried at most once a second. If Redis comes back without a conversation that
    was continued meanwhile, the outbox's copy of it is stored there first.

    Limits: while Redis is unreachable, a conversation that this machine has not used lately is unknown here, and the copy of
    one that another machine has used since is out of date. Turns that two machines add to one conversation meanwhile are
    all kept, in the order of their replay; they may then have other numbers than those their callers were told, and what was
    cut leaves a gap. What is changed in a conversation that another machine deleted meanwhile is dropped. The ids of changes
    are remembered for 30 days: a Redis that comes back later may be given a change twice. The lock spans machines only while
    Redis is reachable.
    """

    def __init__(self, address: str, outbox: Path, ttl: float | None) -> None:
        self._redis = RedisConversations(address, ttl)
        self._outbox = Outbox(outbox)
        self._disk = DiskProbe(outbox.parent)
        self._away = False
        self._reason = ""
        self._tried = 0.0
        self._switching = asyncio.Lock()
        # The conversations that the outbox holds an exact copy of, as they were then.
        self._copied_states: dict[str, State] = {}

    async def open(self) -> None:
        """Open the outbox and connect to Redis.

        An unreachable Redis only degrades. Raises StoreError if the login is refused.
        """
        try:
            await self._outbox.open()
            await self._redis.ping()
            await self._replay()
        except StoreError:
            await self.close()
            raise
        except AWAY as error:
            self._note_outage(error)

    async def close(self) -> None:
        """Close the connections and the outbox."""
        await self._redis.close()
        await self._outbox.close()

    async def health(self) -> Health:
        """Return whether Redis answers, and which of its settings could lose an acknowledged turn."""
        if await self._is_available():
            try:
                await self._redis.ping()
                await self._replay()  # what a process of this machine left behind when it died
            except (*AWAY, StoreError) as error:
                self._note_outage(error)
        if not self._away:
            return Health("redis", warnings=await self._redis.warnings())
        waiting = len(await self._outbox.list_pending())
        warning = f"Redis is away ({self._reason}); {waiting} changes wait on this machine until it returns."
        failure = await self._disk.failure()
        return Health("redis", True, (warning, failure) if failure else (warning,), failure is None)

    async def begin(self, owner: str, title: str) -> Conversation:
        """Make an empty conversation."""
        made = build_conversation(owner, title)
        await self._apply(_build_change("begin", owner, made.id, made=asdict(made)))
        return made

    async def conversations(self, owner: str, search: str = "") -> list[Conversation]:
        """Return the owner's conversations, last used first.

        With search, only those that contain it.
        """

        async def work() -> list[Conversation]:
            kept = await self._outbox.list_copies(
                owner
            )  # before the list is read, or one begun meanwhile would seem to be gone
            found, there = await self._redis.list_conversations(owner, search)
            # Deleted by another machine, or at rest for too long: the copy here has to go as well.
            with suppress(StoreFullError):
                await self._outbox.drop_copies(kept - there)
            return found

        return await self._with_fallback(work, lambda: self._outbox.conversations(owner, search))

    async def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give the conversation another title."""
        await self._apply(_build_change("rename", owner, conversation, title=title))

    async def delete(self, owner: str, conversation: str) -> None:
        """Remove the conversation and every turn of it."""
        await self._apply(_build_change("delete", owner, conversation))

    async def turns(
        self, owner: str, conversation: str, last: int | None = None, before: int | None = None
    ) -> list[Turn]:
        """Return the turns in order: all, or the last few of those below before."""

        async def work() -> list[Turn]:
            state = await self._redis.get_state(owner, conversation)
            if self._copied_states.get(conversation) != state:
                await self._refresh_copy(conversation)
            wanted = [number for number in state.numbers if before is None or number < before]
            return await self._redis.get_turns(
                conversation, wanted if last is None else wanted[max(0, len(wanted) - last) :]
            )

        return await self._with_fallback(work, lambda: self._outbox.turns(owner, conversation, last, before))

    async def append(
        self, owner: str, conversation: str, message: Message, reply: Reply, instead_of: int | None = None
    ) -> Turn:
        """Store the next turn and return it with its number and time.

        instead_of cuts the conversation there before.
        """
        turn = Turn(-1, message, reply, time.time())
        cut = [] if instead_of is None else [_build_change("cut", owner, conversation, number=instead_of)]
        number = await self._apply(
            *cut, _build_change("append", owner, conversation, turn=json.loads(turn_to_json(turn)))
        )
        assert number is not None
        return replace(turn, number=number)

    async def replace(self, owner: str, conversation: str, turn: Turn) -> None:
        """Put turn in the place of the stored one with the same number."""
        await self._apply(_build_change("replace", owner, conversation, turn=json.loads(turn_to_json(turn))))

    @asynccontextmanager
    async def turn_lock(self, conversation: str) -> AsyncIterator[None]:
        """Hold the lock on the conversation: first come, first served, by tickets in Redis.

        While Redis is unreachable the lock is the outbox's, which orders the processes of this machine only.
        """
        async with AsyncExitStack() as held:
            try:
                await held.enter_async_context(self._outbox.turn_lock(conversation))
            except StoreFullError:
                # The lock in Redis is enough; a full disk of this machine must not refuse a turn.
                if not await self._is_available():
                    raise
            ticket = ""
            renewal: asyncio.Task[None] | None = None
            try:
                if await self._is_available():
                    try:
                        ticket = await self._redis.draw_ticket(conversation)
                        renewal = asyncio.create_task(self._keep_lease(conversation, ticket))
                        await self._redis.wait_for_turn(conversation, ticket)
                    except AWAY as error:
                        self._note_outage(error)
                yield
            finally:
                if renewal is not None:
                    renewal.cancel()
                if ticket:
                    await asyncio.shield(self._release(conversation, ticket))

    async def _keep_lease(self, conversation: str, ticket: str) -> None:
        while True:
            await asyncio.sleep(_RENEWAL)
            try:
                await self._redis.renew_lease(conversation, ticket)
            except AWAY as error:
                self._note_outage(error)

    async def _release(self, conversation: str, ticket: str) -> None:
        if self._away:
            return  # the lease expires
        try:
            await self._redis.release(conversation, ticket)
        except AWAY as error:
            self._note_outage(error)

    async def _apply(self, *changes: Change) -> int | None:
        """Make the changes of one conversation in Redis, or all or none in the outbox and its queue.

        Returns:
            The number that an appended turn was given, or None.
        """
        conversation = changes[0]["conversation"]

        async def work() -> int | None:
            number = None
            for change in changes:
                applied = await self._redis.apply(change)
                await self._mirror(change, applied)
                number = applied.number
            return number

        async def enqueue() -> int | None:
            self._copied_states.pop(conversation, None)
            return await self._outbox.enqueue(*changes)

        return await self._with_fallback(work, enqueue)

    async def _mirror(self, change: Change, applied: Applied) -> None:
        """Update the outbox's copy to what Redis now holds.

        Raises nothing: the change itself is made.
        """
        id = change["conversation"]
        known = self._copied_states.pop(id, None) == applied.before
        try:
            if known and applied.after is not None:
                turn = {"turn": {**change["turn"], "number": applied.number}} if applied.number is not None else {}
                await self._outbox.mirror({**change, **turn})
                self._note_copy(applied.after)
            else:
                await self._refresh_copy(id)
        except AWAY as error:
            self._note_outage(error)
        except (StoreError, ConversationError):
            return  # the copy is made when the conversation is next read

    async def _refresh_copy(self, conversation: str) -> bool:
        """Copy the conversation from Redis again.

        Return False if it is gone there, and so here.
        """
        whole = await self._redis.get_snapshot(conversation)
        # Redis holds the conversation, so a full disk here is no error; the copy is made when there is room.
        with suppress(StoreFullError):
            if whole is None:
                await self._outbox.drop_copies({conversation})
            else:
                state, turns = whole
                await self._outbox.store_copy(state.conversation, turns)
                self._note_copy(state)
        return whole is not None

    def _note_copy(self, state: State) -> None:
        if len(self._copied_states) >= _MOST:
            self._copied_states.clear()
        self._copied_states[state.conversation.id] = state

    async def _with_fallback(
        self, work: Callable[[], Awaitable[Result]], otherwise: Callable[[], Awaitable[Result]]
    ) -> Result:
        while True:
            if await self._is_available():
                try:
                    return await work()
                except AWAY as error:
                    self._note_outage(error)
            # Under the lock, or a change could be queued just after the queue was replayed, and stay there.
            async with self._switching:
                if self._away:
                    return await otherwise()

    def _note_outage(self, error: Exception) -> None:
        self._away, self._tried, self._reason = True, time.monotonic(), str(error).rstrip(".")

    async def _is_available(self) -> bool:
        """Return whether Redis is reachable.

        After an outage it is tried at most once a second, and the queue replayed first.
        """
        if not self._away:
            return True
        async with self._switching:
            if not self._away or time.monotonic() - self._tried < _RETRY_EVERY:
                return not self._away
            try:
                await self._redis.ping()
                await self._replay()
            except (*AWAY, StoreError) as error:
                self._note_outage(error)
                return False
            self._away = False
            return True

    async def _replay(self) -> None:
        """Make the waiting changes in Redis, in order.

        One process at a time, each change once.
        """
        if not await self._outbox.list_pending():
            return
        async with self._outbox.turn_lock("replay"):
            waiting = await self._outbox.list_pending()
            ends = {pending.change["conversation"]: pending.number for pending in waiting}
            for pending in waiting:
                id = pending.change["conversation"]
                self._copied_states.pop(id, None)
                number = await self._replay_change(pending.change)
                # Copied before the last change leaves the queue: until then, the turns here can still be renumbered.
                gone = ends[id] == pending.number and not await self._refresh_copy(id)
                await self._outbox.finish(pending, number)
                if gone:
                    await self._outbox.drop_copies({id})

    async def _replay_change(self, change: Change) -> int | None:
        id = change["conversation"]
        if change["kind"] == "replace":
            (number,) = await self._outbox.find_stored_numbers(id, [change["turn"]["number"]])
            change = {**change, "turn": {**change["turn"], "number": number}}
        elif change["kind"] == "cut":
            change = {**change, "number": 0, "numbers": await self._outbox.find_stored_numbers(id, change["numbers"])}
        try:
            return (await self._redis.apply(change)).number
        except ConversationError:
            # Deleted, or cut, by another process while Redis was away from this one: there is nothing left to change.
            return None


def _build_change(kind: str, owner: str, conversation: str, **what: Any) -> Change:
    known = {"id": secrets.token_hex(8), "kind": kind, "conversation": conversation, "owner": owner}
    return {**known, "time": time.time(), **what}
