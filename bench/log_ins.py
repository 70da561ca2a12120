"""What a reader waits while strangers try to log in: the 95th percentile against that of quiet.

Run: python -m bench log_ins [--connections 200] [--seconds 20] [--addresses 1] [--database sqlite]
One reader asks for the description of a film again and again, first alone, then beside so many
connections that send log-ins as fast as they are answered, in turns. It is the ratio that is
promised, of at most 3; the milliseconds are those of this machine. With more addresses than one the
strangers come from as many networks, as the server's own machine may say of them.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections import Counter
from http.client import HTTPConnection
from multiprocessing import Process, Queue, get_context
from multiprocessing.synchronize import Event

from bench.reading import ask, computed, fill, p95, serving, workspace

TURNS = 3
PROMISED = 3.0
BODY = json.dumps({"name": "reader", "password": "not the right one"})


async def knock(port: int, number: int, addresses: int, answers: Counter[str]) -> None:
    """Send log-ins on one connection for ever, each as soon as the last one is answered."""
    request = (
        f"POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"X-Forwarded-For: 198.51.{number % addresses // 250}.{number % addresses % 250 + 1}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}"
    ).encode()
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while True:
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
                await reader.readexactly(length)
                answers[head.split()[1]] += 1
        except (OSError, asyncio.IncompleteReadError):
            answers["closed"] += 1
        finally:
            writer.close()


async def knock_until(
    port: int, connections: int, addresses: int, stop: Event, answers: Counter[str]
) -> None:
    """Send log-ins on so many connections until told to stop."""
    strangers = [
        asyncio.create_task(knock(port, number, addresses, answers))
        for number in range(connections)
    ]
    await asyncio.to_thread(stop.wait)
    for stranger in strangers:
        stranger.cancel()


def strangers(
    port: int,
    connections: int,
    addresses: int,
    stop: Event,
    told: "Queue[Counter[str]]",
) -> None:
    """Be the strangers' process; tell how they were answered."""
    answers: Counter[str] = Counter()
    asyncio.run(knock_until(port, connections, addresses, stop, answers))
    told.put(answers)


def read(connection: HTTPConnection, token: str, seconds: float) -> list[float]:
    """Ask for a film again and again for a while; return the milliseconds of each answer."""
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        times.append(ask(connection, "/api/v1/images/7", token)[1])
        time.sleep(0.02)
    return times


def main() -> None:
    """Print both percentiles, their ratio, and how the strangers were answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--addresses", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--database", default="sqlite")
    wanted = parser.parse_args()
    quiet: list[float] = []
    beside: list[float] = []
    answers: Counter[str] = Counter()
    with workspace(wanted.database) as (url, home, database):
        token = fill(database, 1000)
        with serving(url, home, "app.main:create_app") as (connection, server):
            port = connection.port
            read(connection, token, 1)
            cpu = -computed(server)
            for _turn in range(TURNS):
                quiet += read(connection, token, wanted.seconds / TURNS)
                stop: Event = get_context().Event()
                told: Queue[Counter[str]] = Queue()
                crowd = Process(
                    target=strangers, args=(port, wanted.connections, wanted.addresses, stop, told)
                )
                crowd.start()
                beside += read(connection, token, wanted.seconds / TURNS)
                stop.set()
                answers += told.get()
                crowd.join()
            cpu += computed(server)
    ratio = p95(beside) / p95(quiet)
    print(f"{wanted.connections} connections from {wanted.addresses} addresses, {wanted.database}")
    for name, times in (("quiet", quiet), ("beside them", beside)):
        median = statistics.median(times)
        print(f"{name:<12} p50 {median:6.1f} ms   p95 {p95(times):6.1f} ms   n {len(times)}")
    print(f"answers to them: {dict(answers)}; the server computed {cpu / 1000:.1f} s in all")
    print(f"p95 beside them is {ratio:.2f} x that of quiet; at most {PROMISED:.0f} x is promised")


if __name__ == "__main__":
    main()
