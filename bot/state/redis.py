"""Conversations in Redis, for several processes; while it is away, in a spool here. The only file that imports redis."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError, RedisError, WatchError

from bot.state.error import StoreError
from bot.state.spool import Pending, Spool
from bot.state.sqlite import new_id, searched
from bot.types import Conversation, ConversationError, Health, Message, Reply, Turn
from bot.wire import turn_from_json, turn_to_json

Result = TypeVar("Result")
Change = Mapping[str, Any]

_TIMEOUT = 0.5
_RETRY_EVERY = 1.0
_LEASE_MS = 5000
_RENEWAL = 1.0
_PAUSE = 0.02
_APPLIED_FOR = 86400
_REFUSED = (AuthenticationError, AuthorizationError, NoPermissionError)


def _key(conversation: str, part: str) -> str:
    # The braces are a hash tag: everything of one conversation lies on one node of a cluster.
    return f"kanliao:{{{conversation}}}:{part}"


def _owned(owner: str) -> str:
    return f"kanliao:owner:{hashlib.sha256(owner.encode()).hexdigest()}"


class RedisStore:
    """The store for more than one process.

    A change is one MULTI that also records its own id, so that a change whose answer was lost is never made twice. It is
    durable on return if Redis runs with appendonly yes and appendfsync always; health() warns if not. Redis gone: every call
    goes to the spool, which holds the conversations this machine used lately, and the changes are replayed in order when
    Redis is back (looked for at most once a second). Limits: a conversation this machine has not used is not to be found until
    then; turns that two machines add to one conversation meanwhile are all kept, in the order of their replay.
    """

    def __init__(self, address: str, spool: Path, ttl: float | None) -> None:
        self._redis: Redis = Redis.from_url(
            address,
            decode_responses=True,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            retry=Retry(NoBackoff(), 1),
            health_check_interval=15,
        )
        self._spool = Spool(spool)
        self._ttl = None if ttl is None else max(1, round(ttl))
        self._away = False
        self._tried = 0.0
        self._returning = asyncio.Lock()
        # Of each conversation that the spool holds a true copy of: when it was used last and how many turns it has.
        self._seen: dict[str, tuple[float, int]] = {}

    async def open(self) -> None:
        """Open the spool and look for Redis. Raises StoreError if Redis refuses the login; if it is away, that is degraded."""
        await self._spool.open()
        try:
            await self._redis.ping()
            await self._replay()
        except _REFUSED as error:
            await self.close()
            raise StoreError(
                f"Redis refused the login ({error}). Put the user and password into KANLIAO_STORE: redis://USER:PASSWORD@HOST:PORT/0."
            ) from error
        except (RedisError, OSError):
            self._lost()

    async def close(self) -> None:
        """Close the connections and the spool."""
        await self._redis.aclose()
        await self._spool.close()

    async def health(self) -> Health:
        """Whether Redis answers, and what of its settings could lose an acknowledged turn."""
        if not await self._ready():
            waiting = len(await self._spool.pending())
            return Health("redis", True, (f"Redis is away; {waiting} changes wait on this machine until it returns.",))
        try:
            settings = {name: (await self._redis.config_get(name)).get(name) for name in ("appendonly", "appendfsync")}
        except (RedisError, OSError) as error:
            return Health("redis", warnings=(f"Whether Redis keeps what it acknowledges is unknown: {error}.",))
        wrong = [
            f"{name} is {settings[name]}, set it to {wanted}"
            for name, wanted in (("appendonly", "yes"), ("appendfsync", "always"))
            if settings[name] != wanted
        ]
        return Health("redis", warnings=(f"A crash of Redis could lose turns: {'; '.join(wrong)}.",) if wrong else ())

    async def begin(self, owner: str, title: str) -> Conversation:
        """Make an empty conversation."""
        now = time.time()
        made = Conversation(new_id(), owner, title, now, now)
        await self._change({"kind": "begin", "conversation": made.id, "owner": owner, "made": asdict(made)})
        return made

    async def conversations(self, owner: str, search: str = "") -> list[Conversation]:
        """The owner's conversations, last used first; with search, those that contain it."""
        wanted = search.strip().casefold()

        async def work() -> list[Conversation]:
            found: list[Conversation] = []
            gone: list[str] = []
            ids = [str(id) for id in await self._redis.zrevrange(_owned(owner), 0, -1)]
            for id in ids:
                raw = await self._redis.get(_key(id, "meta"))
                if raw is None:
                    gone.append(id)
                    continue
                conversation = Conversation(**json.loads(raw))
                if not wanted or wanted in conversation.title.casefold():
                    found.append(conversation)
                    continue
                lines = await self._redis.hvals(_key(id, "turns"))
                if any(wanted in searched(turn_from_json(line)) for line in lines):
                    found.append(conversation)
            if gone:
                # They rested longer than the time to live, or were deleted by a process that died in between.
                await self._redis.zrem(_owned(owner), *gone)
            return sorted(found, key=lambda one: (-one.updated, one.id))

        return await self._either(work, lambda: self._spool.conversations(owner, search))

    async def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give the conversation another title."""
        await self._change({"kind": "rename", "conversation": conversation, "owner": owner, "title": title})

    async def delete(self, owner: str, conversation: str) -> None:
        """Remove the conversation and every turn of it."""
        await self._change({"kind": "delete", "conversation": conversation, "owner": owner})

    async def turns(
        self, owner: str, conversation: str, last: int | None = None, before: int | None = None
    ) -> list[Turn]:
        """The turns of the conversation in order: all, or the last few of those below before."""

        async def work() -> list[Turn]:
            meta = await self._owned_by(self._redis, owner, conversation)
            numbers = sorted(int(one) for one in await self._redis.hkeys(_key(conversation, "turns")))
            wanted = [number for number in numbers if before is None or number < before]
            await self._touch(conversation)
            if self._seen.get(conversation) != (meta.updated, len(numbers)):
                await self._spool.keep(meta, await self._read(conversation, numbers))
                self._seen[conversation] = (meta.updated, len(numbers))
            return await self._read(conversation, wanted if last is None else wanted[-last:])

        return await self._either(work, lambda: self._spool.turns(owner, conversation, last, before))

    async def _read(self, conversation: str, numbers: list[int]) -> list[Turn]:
        if not numbers:
            return []
        lines = await self._redis.hmget(_key(conversation, "turns"), [str(number) for number in numbers])
        return [turn_from_json(line) for line in lines if line is not None]

    async def append(self, owner: str, conversation: str, message: Message, reply: Reply) -> Turn:
        """Store the next turn and return it with its number and time."""
        turn = Turn(-1, message, reply, time.time())
        number = await self._change(
            {"kind": "append", "conversation": conversation, "owner": owner, "turn": json.loads(turn_to_json(turn))}
        )
        assert number is not None
        return replace(turn, number=number)

    async def replace(self, owner: str, conversation: str, turn: Turn) -> None:
        """Put turn in the place of the stored one with the same number."""
        await self._change(
            {"kind": "replace", "conversation": conversation, "owner": owner, "turn": json.loads(turn_to_json(turn))}
        )

    async def cut(self, owner: str, conversation: str, number: int) -> None:
        """Remove the turn of that number and all after it."""
        await self._change({"kind": "cut", "conversation": conversation, "owner": owner, "number": number})

    @asynccontextmanager
    async def turn_lock(self, conversation: str) -> AsyncIterator[None]:
        """Hold the conversation: tickets in Redis, served in order; one that is not renewed for five seconds is passed over.

        While Redis is away the ticket is the spool's, which orders the processes of this machine only.
        """
        async with self._spool.turn_lock(conversation):
            ticket = ""
            renewal: asyncio.Task[None] | None = None
            try:
                if await self._ready():
                    try:
                        ticket = await self._draw(conversation)
                        renewal = asyncio.create_task(self._renew(conversation, ticket))
                        # The one ahead may be on another machine, so there is no event to wait for.
                        while not await self._first(conversation, ticket):  # noqa: ASYNC110
                            await asyncio.sleep(_PAUSE)
                    except (RedisError, OSError):
                        self._lost()
                yield
            finally:
                if renewal is not None:
                    renewal.cancel()
                if ticket:
                    await asyncio.shield(self._give_back(conversation, ticket))

    async def _draw(self, conversation: str) -> str:
        # Numbers only ever grow, so a ticket that was passed over can never be mistaken for a new one.
        number = await self._redis.incr(_key(conversation, "ticket"))
        await self._redis.set(_key(conversation, f"alive:{number}"), 1, px=_LEASE_MS)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.rpush(_key(conversation, "queue"), number)
            pipe.expire(_key(conversation, "queue"), 3600)
            pipe.expire(_key(conversation, "ticket"), 86400 * 30)
            await pipe.execute()
        return str(number)

    async def _first(self, conversation: str, ticket: str) -> bool:
        head = str(await self._redis.lindex(_key(conversation, "queue"), 0) or ticket)
        if head == ticket:
            return True
        if not await self._redis.exists(_key(conversation, f"alive:{head}")):
            await self._redis.lrem(_key(conversation, "queue"), 1, head)
        return False

    async def _renew(self, conversation: str, ticket: str) -> None:
        while True:
            await asyncio.sleep(_RENEWAL)
            try:
                await self._redis.set(_key(conversation, f"alive:{ticket}"), 1, px=_LEASE_MS)
            except (RedisError, OSError):
                self._lost()

    async def _give_back(self, conversation: str, ticket: str) -> None:
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.lrem(_key(conversation, "queue"), 1, ticket)
                pipe.delete(_key(conversation, f"alive:{ticket}"))
                await pipe.execute()
        except (RedisError, OSError):
            self._lost()

    async def _change(self, change: dict[str, Any]) -> int | None:
        """Make the change in Redis, or in the spool and its queue; for an append, the number the turn was given."""
        change["id"] = secrets.token_hex(8)

        async def spooled() -> int | None:
            number = await self._spooled(change, dry=True)
            if number is not None:
                change["turn"]["number"] = number
            # Noted first: a crash in between replays a change that nobody was told of, and never loses one.
            await self._spool.note(change)
            return await self._spooled(change, dry=False)

        return await self._either(lambda: self._apply(change), spooled)

    async def _spooled(self, change: Change, dry: bool) -> int | None:
        """Make the change in the spool; dry only checks that it can be made and says the number an append will be given."""
        owner, id = change["owner"], change["conversation"]
        if change["kind"] == "begin":
            if not dry:
                await self._spool.put(Conversation(**change["made"]))
            return None
        turns = await self._spool.turns(owner, id)
        if change["kind"] == "append" and dry:
            return turns[-1].number + 1 if turns else 0
        turn = turn_from_json(json.dumps(change["turn"])) if "turn" in change else None
        if change["kind"] == "replace" and turn and turn.number not in {one.number for one in turns}:
            raise ConversationError(f"conversation {id} has no turn {turn.number}")
        if dry:
            return None
        match change["kind"]:
            case "append":
                assert turn is not None
                return (await self._spool.append(owner, id, turn.message, turn.reply)).number
            case "replace":
                assert turn is not None
                await self._spool.replace(owner, id, turn)
            case "cut":
                await self._spool.cut(owner, id, change["number"])
            case "rename":
                await self._spool.rename(owner, id, change["title"])
            case "delete":
                await self._spool.delete(owner, id)
        return None

    async def _apply(self, change: Change) -> int | None:
        """Make the change in Redis in one MULTI with its id; a change that was made before is not made again."""
        owner, id = change["owner"], change["conversation"]
        meta_key, turns_key, applied_key = _key(id, "meta"), _key(id, "turns"), _key(id, "applied")
        if change["kind"] == "begin":
            # The list first: an id in it without a conversation is passed over, the other way round would be lost.
            await self._redis.zadd(_owned(owner), {id: change["made"]["updated"]})
        while True:
            async with self._redis.pipeline(transaction=True) as pipe:
                await pipe.watch(meta_key, turns_key, applied_key)
                before = await pipe.hget(applied_key, change["id"])
                if before is not None:
                    return int(before) if before else None
                number: int | None = None
                if change["kind"] == "begin":
                    meta = Conversation(**change["made"])
                else:
                    meta = await self._owned_by(pipe, owner, id)
                numbers = sorted(int(one) for one in await pipe.hkeys(turns_key))
                if change["kind"] == "append":
                    number = numbers[-1] + 1 if numbers else 0
                if change["kind"] == "replace" and change["turn"]["number"] not in numbers:
                    raise ConversationError(f"conversation {id} has no turn {change['turn']['number']}")
                pipe.multi()  # type: ignore[no-untyped-call]
                self._queue(pipe, change, meta, numbers, number)
                pipe.hset(applied_key, change["id"], "" if number is None else str(number))
                pipe.expire(applied_key, _APPLIED_FOR)
                try:
                    await pipe.execute()
                except WatchError:
                    continue
            break
        if change["kind"] == "delete":
            await self._redis.zrem(_owned(owner), id)
            self._seen.pop(id, None)
            await self._spool_forgets(owner, id)
        elif change["kind"] == "append":
            await self._redis.zadd(_owned(owner), {id: change["turn"]["time"]})
            if self._seen.get(id) == (meta.updated, len(numbers)):
                turn = turn_from_json(json.dumps({**change["turn"], "number": number}))
                await self._spool.keep_turn(replace(meta, updated=turn.time), turn)
                self._seen[id] = (turn.time, len(numbers) + 1)
        else:
            # The copy in the spool is made anew when the conversation is next read.
            self._seen.pop(id, None)
        return number

    def _queue(
        self, pipe: Pipeline, change: Change, meta: Conversation, numbers: list[int], number: int | None
    ) -> None:
        """Put the commands of the change into the MULTI."""
        id = change["conversation"]
        if change["kind"] == "delete":
            pipe.delete(_key(id, "meta"), _key(id, "turns"), _key(id, "queue"), _key(id, "ticket"))
            return
        match change["kind"]:
            case "append":
                pipe.hset(
                    _key(id, "turns"), str(number), json.dumps({**change["turn"], "number": number}, ensure_ascii=False)
                )
                meta = replace(meta, updated=change["turn"]["time"])
            case "replace":
                turn = change["turn"]
                pipe.hset(_key(id, "turns"), str(turn["number"]), json.dumps(turn, ensure_ascii=False))
            case "cut":
                if gone := [str(one) for one in numbers if one >= change["number"]]:
                    pipe.hdel(_key(id, "turns"), *gone)
            case "rename":
                meta = replace(meta, title=change["title"])
        pipe.set(_key(id, "meta"), json.dumps(asdict(meta), ensure_ascii=False))
        if self._ttl is not None:
            pipe.expire(_key(id, "meta"), self._ttl)
            pipe.expire(_key(id, "turns"), self._ttl)

    async def _owned_by(self, redis: Redis | Pipeline, owner: str, conversation: str) -> Conversation:
        raw = await redis.get(_key(conversation, "meta"))
        meta = Conversation(**json.loads(raw)) if raw else None
        if meta is None or meta.owner != owner:
            raise ConversationError(f"there is no conversation {conversation}")
        return meta

    async def _touch(self, conversation: str) -> None:
        if self._ttl is not None:
            await self._redis.expire(_key(conversation, "meta"), self._ttl)
            await self._redis.expire(_key(conversation, "turns"), self._ttl)

    async def _spool_forgets(self, owner: str, conversation: str) -> None:
        try:
            await self._spool.delete(owner, conversation)
        except ConversationError:
            return

    async def _either(
        self, work: Callable[[], Awaitable[Result]], otherwise: Callable[[], Awaitable[Result]]
    ) -> Result:
        if await self._ready():
            try:
                return await work()
            except (RedisError, OSError):
                self._lost()
        return await otherwise()

    def _lost(self) -> None:
        self._away, self._tried = True, time.monotonic()

    async def _ready(self) -> bool:
        """Whether Redis is there; if it was away, it is looked for at most once a second, and the queue replayed first."""
        if not self._away:
            return True
        async with self._returning:
            if not self._away or time.monotonic() - self._tried < _RETRY_EVERY:
                return not self._away
            try:
                await self._redis.ping()
                await self._replay()
            except (RedisError, OSError):
                self._lost()
                return False
            self._away = False
            return True

    async def _replay(self) -> None:
        """Make the waiting changes in Redis, in order; one process at a time, each change once."""
        if not await self._spool.pending():
            return
        async with self._spool.turn_lock("replay"):
            for pending in await self._spool.pending():
                await self._spool.done(pending, await self._replayed(pending))

    async def _replayed(self, pending: Pending) -> int | None:
        change = dict(pending.change)
        conversation = change["conversation"]
        if change["kind"] == "replace":
            number = await self._spool.stored_number(conversation, change["turn"]["number"])
            change["turn"] = {**change["turn"], "number": number}
        elif change["kind"] == "cut":
            change["number"] = await self._spool.stored_number(conversation, change["number"])
        self._seen.pop(conversation, None)
        try:
            return await self._apply(change)
        except ConversationError:
            # Deleted by another process while Redis was away from this one: there is nothing left to change.
            return None
