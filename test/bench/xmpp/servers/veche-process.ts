/** Our XMPP server with its rates opened, since the others have none: what is compared is work, not patience. */
import { run } from "@veche/kit/run.ts";
import { schema } from "@veche/xmpp/config.ts";
import { defaultLimits, type Limits } from "@veche/xmpp/limits.ts";
import { start } from "@veche/xmpp/service.ts";

const open = { perSecond: 1_000_000, burst: 1_000_000 };
const openBytes = { perSecond: 1_000_000_000, burst: 1_000_000_000 };

const limits: Limits = {
  ...defaultLimits,
  admission: { ...defaultLimits.admission, perAddress: 1_000 },
  stanzas: open,
  bytes: openBytes,
  messagesPerMember: open,
  messagesPerRoom: open,
  presencesPerMember: open,
};

await run("xmpp", schema, (context) => start(context, { limits }));
