"""Conversations in Redis: keys, values and transactions.

The only file that imports redis.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError, RedisError, WatchError

from bot.serialization import turn_from_json
from bot.state.error import StoreError
from bot.state.outbox import Change
from bot.state.queries import search_text
from bot.types import Conversation, ConversationError, Turn

AWAY = (RedisError, OSError)
"""What every method here raises when Redis is unreachable or does not work."""

_TIMEOUT = 0.5
# The lease of the ticket at the head of the line expires if its value has not changed for so many seconds, and earlier if
# there is no value at all: a live process renews it every second.
_LEASE = 5.0
_SILENCE = 2.5
_PAUSE = 0.02
_QUEUE_FOR = 3600
_MONTH = 30 * 86400
# Conversations whose turns a search reads in one round trip.
_PAGE = 100
_WANTED = {"appendonly": "yes", "appendfsync": "always"}


@dataclass(frozen=True)
class State:
    """A conversation as it is in Redis, and the numbers of its turns in order."""

    conversation: Conversation
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Applied:
    """What a change did.

    That is the number an appended turn was given, and the conversation before and after.

    Before is None for a conversation just made; after is None for one that is gone. Both are None where the change had
    been made earlier.
    """

    number: int | None = None
    before: State | None = None
    after: State | None = None


def _key(conversation: str, part: str) -> str:
    # The braces are a hash tag: everything of one conversation lies on one node of a cluster.
    return f"kanliao:{{{conversation}}}:{part}"


def _owner_key(owner: str) -> str:
    return f"kanliao:owner:{hashlib.sha256(owner.encode()).hexdigest()}"


class RedisConversations:
    """What one Redis holds.

    ttl is how many seconds a conversation may rest before it is removed, or None for ever.

    clock counts seconds for this process alone. Whether a holder lives is judged by it and never by the time of day, which
    Redis uses for keys that run out and which may be set back or forward on its machine.
    """

    def __init__(self, address: str, ttl: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        try:
            self._redis: Redis = Redis.from_url(
                address,
                decode_responses=True,
                socket_timeout=_TIMEOUT,
                socket_connect_timeout=_TIMEOUT,
                retry=Retry(NoBackoff(), 1),
                health_check_interval=15,
            )
        except ValueError as error:
            raise StoreError(
                f"KANLIAO_STORE is not an address of Redis ({error}): expected redis://USER:PASSWORD@HOST:PORT/0."
            ) from None
        self._ttl = None if ttl is None else max(1, round(ttl))
        self._clock = clock

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def ping(self) -> None:
        """Return if Redis answers. Raises StoreError if it is there and refuses the login."""
        try:
            await self._redis.ping()
        except RedisError as error:
            refused = isinstance(error, (AuthenticationError, AuthorizationError, NoPermissionError))
            if refused or "DB index" in str(error):
                raise StoreError(
                    f"Redis refused the login ({error}). Put the user, the password and the number of the database into "
                    "KANLIAO_STORE: redis://USER:PASSWORD@HOST:PORT/0."
                ) from error
            raise

    async def warnings(self) -> tuple[str, ...]:
        """Return which settings of Redis could lose an acknowledged turn.

        Each is a sentence.
        """
        try:
            settings = {name: (await self._redis.config_get(name)).get(name) for name in _WANTED}
        except AWAY as error:
            return (
                f"Whether Redis keeps what it acknowledges cannot be read ({error}). Allow CONFIG GET, or make sure of "
                "appendonly yes and appendfsync always.",
            )
        wrong = [
            f"{name} is {settings[name]}, set it to {wanted}"
            for name, wanted in _WANTED.items()
            if settings[name] != wanted
        ]
        return (f"A crash of Redis could lose turns: {'; '.join(wrong)}.",) if wrong else ()

    async def list_conversations(self, owner: str, search: str = "") -> tuple[list[Conversation], set[str]]:
        """Return the owner's conversations, last used first, and the ids of all.

        With search, only those that contain it.
        """
        wanted = search.strip().casefold()
        ids = [str(id) for id in await self._redis.zrevrange(_owner_key(owner), 0, -1)]
        stored = await self._get_all([_key(id, "meta") for id in ids])
        gone = [id for id, raw in zip(ids, stored, strict=True) if raw is None]
        if gone:
            # They expired, or were deleted by a process that died in between.
            await self._redis.zrem(_owner_key(owner), *gone)
        found = [Conversation(**json.loads(raw)) for raw in stored if raw is not None]
        if wanted:
            texts = await self._search_texts([each.id for each in found if wanted not in each.title.casefold()], wanted)
            found = [each for each in found if wanted in each.title.casefold() or each.id in texts]
        return sorted(found, key=lambda each: (-each.updated, each.id)), set(ids) - set(gone)

    async def _get_all(self, keys: list[str]) -> list[str | None]:
        """Return the values of the keys, in one round trip.

        A key that is not there gives None.
        """
        if not keys:
            return []
        # Not MGET, which a cluster refuses for keys of several conversations.
        async with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.get(key)
            return list(await pipe.execute())

    async def _search_texts(self, ids: list[str], wanted: str) -> set[str]:
        """Return the conversations with a turn whose texts contain the text.

        The text is casefolded.
        """
        found: set[str] = set()
        # A page of conversations at a time: their turns pass through the memory of this process.
        for start in range(0, len(ids), _PAGE):
            page = ids[start : start + _PAGE]
            async with self._redis.pipeline(transaction=False) as pipe:
                for id in page:
                    pipe.hvals(_key(id, "turns"))
                turns = await pipe.execute()
            for id, lines in zip(page, turns, strict=True):
                if any(wanted in search_text(turn_from_json(line)) for line in lines):
                    found.add(id)
        return found

    async def get_state(self, owner: str, id: str) -> State:
        """Return the owner's conversation as it is now, and count that as a use of it.

        Raises ConversationError.
        """
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.get(_key(id, "meta"))
            pipe.hkeys(_key(id, "turns"))
            state = _build_state(owner, id, *await pipe.execute())
        if self._ttl is not None:
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in (_key(id, "meta"), _key(id, "turns"), _owner_key(owner)):
                    pipe.expire(key, self._ttl)
                await pipe.execute()
        return state

    async def get_turns(self, id: str, numbers: list[int]) -> list[Turn]:
        """Return the turns of these numbers, without those that are gone by now."""
        if not numbers:
            return []
        lines = await self._redis.hmget(_key(id, "turns"), [str(number) for number in numbers])
        return [turn_from_json(line) for line in lines if line is not None]

    async def get_snapshot(self, id: str) -> tuple[State, list[Turn]] | None:
        """Return the conversation and all its turns as of one moment, or None."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.get(_key(id, "meta"))
            pipe.hgetall(_key(id, "turns"))
            raw, lines = await pipe.execute()
        if raw is None:
            return None
        turns = sorted(map(turn_from_json, lines.values()), key=lambda turn: turn.number)
        return State(Conversation(**json.loads(raw)), tuple(turn.number for turn in turns)), turns

    async def apply(self, change: Change) -> Applied:
        """Make the change in one MULTI with its id.

        A change that was made before is not made again.

        Raises ConversationError if there is no such conversation, or no such turn to replace.
        """
        kind, owner, id = change["kind"], change["owner"], change["conversation"]
        meta_key, turns_key, applied_key = _key(id, "meta"), _key(id, "turns"), _key(id, "applied")
        if kind in ("begin", "keep"):
            # The list first: an id in it without a conversation is passed over, the other way round would be lost.
            await self._add_to_list(owner, id, change["time"])
        while True:
            async with self._redis.pipeline(transaction=True) as pipe:
                await pipe.watch(meta_key, turns_key, applied_key)
                if (earlier := await pipe.hget(applied_key, change["id"])) is not None:
                    return Applied(int(earlier) if earlier else None)
                if kind == "keep" and (await pipe.exists(meta_key) or await pipe.hexists(applied_key, "deleted")):
                    return Applied()
                before = None
                if kind not in ("begin", "keep"):
                    before = _build_state(owner, id, await pipe.get(meta_key), await pipe.hkeys(turns_key))
                pipe.multi()  # type: ignore[no-untyped-call]
                applied = self._queue_commands(pipe, change, before)
                pipe.hset(applied_key, change["id"], "" if applied.number is None else str(applied.number))
                pipe.expire(applied_key, _MONTH)
                try:
                    await pipe.execute()
                except WatchError:
                    continue
            break
        if applied.after is None:
            await self._redis.zrem(_owner_key(owner), id)
        else:
            await self._add_to_list(owner, id, applied.after.conversation.updated)
        return applied

    def _queue_commands(self, pipe: Pipeline, change: Change, before: State | None) -> Applied:
        """Queue the commands of the change in the MULTI; return what they will have done."""
        kind, id = change["kind"], change["conversation"]
        turns_key = _key(id, "turns")
        if kind == "delete":
            pipe.delete(_key(id, "meta"), turns_key, _key(id, "queue"))
            pipe.expire(_key(id, "ticket"), _QUEUE_FOR)
            pipe.hset(_key(id, "applied"), "deleted", "")
            return Applied(before=before)
        meta = before.conversation if before else Conversation(**change["made"])
        numbers = before.numbers if before else ()
        number: int | None = None
        written: list[dict[str, Any]] = []
        gone: list[int] = []
        match kind:
            case "append":
                number = numbers[-1] + 1 if numbers else 0
                written = [{**change["turn"], "number": number}]
            case "replace":
                written = [change["turn"]]
                if written[0]["number"] not in numbers:
                    raise ConversationError(f"conversation {id} has no turn {written[0]['number']}")
            case "keep":
                written = change["turns"]
            case "cut":
                known = change.get("numbers", numbers)
                gone = [each for each in numbers if each >= change["number"] and each in known]
            case "rename":
                meta = replace(meta, title=change["title"])
        if kind in ("append", "replace", "cut"):
            meta = replace(meta, updated=max(meta.updated, change["time"]))
        for turn in written:
            pipe.hset(turns_key, str(turn["number"]), json.dumps(turn, ensure_ascii=False, separators=(",", ":")))
        if gone:
            pipe.hdel(turns_key, *map(str, gone))
        pipe.set(_key(id, "meta"), json.dumps(asdict(meta), ensure_ascii=False, separators=(",", ":")), ex=self._ttl)
        if self._ttl is not None:
            pipe.expire(turns_key, self._ttl)
        left = sorted({*numbers, *(int(turn["number"]) for turn in written)} - set(gone))
        return Applied(number, before, State(meta, tuple(left)))

    async def draw_ticket(self, conversation: str) -> str:
        """Draw a ticket for the conversation.

        Numbers only grow, so an expired ticket is never mistaken for a new one.
        """
        return str(await self._redis.incr(_key(conversation, "ticket")))

    async def wait_for_turn(self, conversation: str, ticket: str) -> None:
        """Return when it is the ticket's turn.

        Its lease has to be renewed meanwhile and until the lock is released.
        """
        head: tuple[str, str | None] | None = None
        since = 0.0
        # The holder may be on another machine, so there is no event to wait for.
        while (ahead := await self._find_head(conversation, ticket)) is not None:
            now = self._clock()
            if ahead != head:
                head, since = ahead, now
            elif now - since > (_SILENCE if ahead[1] is None else _LEASE):
                await self._redis.lrem(_key(conversation, "queue"), 0, ahead[0])
                continue
            await asyncio.sleep(_PAUSE)

    async def renew_lease(self, conversation: str, ticket: str) -> None:
        """Renew the lease of the ticket with a new value.

        Without that it expires after five seconds.
        """
        await self._redis.set(_key(conversation, f"alive:{ticket}"), secrets.token_hex(4), ex=_QUEUE_FOR)

    async def release(self, conversation: str, ticket: str) -> None:
        """Release the lock, so that the next waiter gets it."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.lrem(_key(conversation, "queue"), 0, ticket)
            pipe.delete(_key(conversation, f"alive:{ticket}"))
            await pipe.execute()

    async def _find_head(self, conversation: str, ticket: str) -> tuple[str, str | None] | None:
        """Return the ticket at the head of the line and its lease, or None.

        It is None if this ticket is the head.
        """
        queue_key = _key(conversation, "queue")
        queue = [str(waiting) for waiting in await self._redis.lrange(queue_key, 0, -1)]
        if ticket not in queue:
            # New, or expired while its process was suspended: to the end of the line.
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(_key(conversation, f"alive:{ticket}"), secrets.token_hex(4), ex=_QUEUE_FOR)
                pipe.rpush(queue_key, ticket)
                pipe.expire(queue_key, _QUEUE_FOR)
                pipe.expire(_key(conversation, "ticket"), _MONTH)
                pipe.lrange(queue_key, 0, 0)
                (*_, queue) = await pipe.execute()
                queue = [str(waiting) for waiting in queue]
        if queue[0] == ticket:
            return None
        alive = await self._redis.get(_key(conversation, f"alive:{queue[0]}"))
        return queue[0], None if alive is None else str(alive)

    async def _add_to_list(self, owner: str, conversation: str, used: float) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zadd(_owner_key(owner), {conversation: used})
            if self._ttl is not None:
                pipe.expire(_owner_key(owner), self._ttl)
            await pipe.execute()


def _build_state(owner: str, id: str, raw: str | bytes | None, numbers: Sequence[str | bytes]) -> State:
    """Return the state of what Redis holds under the conversation's keys.

    Raises:
        ConversationError: It is not the owner's.
    """
    conversation = Conversation(**json.loads(raw)) if raw else None
    if conversation is None or conversation.owner != owner:
        raise ConversationError(f"there is no conversation {id}")
    return State(conversation, tuple(sorted(map(int, numbers))))
