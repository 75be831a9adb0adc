import asyncio, json, os, ssl
import nats
from nats.errors import TimeoutError as NothingNew

async def main():
    ca = os.environ.get("NATS_CA_FILE")
    connection = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), max_reconnect_attempts=-1,
        user_credentials=os.environ.get("NATS_CREDS_FILE", "register.creds"),
        **({"tls": ssl.create_default_context(cafile=ca)} if ca else {}))
    facts = await connection.jetstream(domain="veche").pull_subscribe_bind("register", "CONFERENCE")
    while True:
        try:
            messages = await facts.fetch(100, timeout=30)
        except NothingNew:
            continue
        for message in messages:
            fact = json.loads(message.data)
            person = fact.get("participant", {}).get("person")
            print(*message.subject.split(".")[5:], fact["session"], fact["seq"], person, flush=True)
            await message.ack()

asyncio.run(main())
