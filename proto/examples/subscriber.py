import asyncio, json, os
import nats
from nats.errors import TimeoutError as NothingNew

async def main():
    connection = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), user="subscriber",
        password=os.environ["NATS_PASSWORD"], inbox_prefix="_INBOX.subscriber", max_reconnect_attempts=-1)
    facts = await connection.jetstream().pull_subscribe(
        "conference.v1.*.*.*.participant.>", durable="register-py", stream="CONFERENCE")
    while True:
        try:
            messages = await facts.fetch(100, timeout=30)
        except NothingNew:
            continue
        for message in messages:
            fact = json.loads(message.data)
            print(*message.subject.split(".")[5:], fact["session"], fact["seq"], fact["participant"]["person"], flush=True)
            await message.ack()

asyncio.run(main())
