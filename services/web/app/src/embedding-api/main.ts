import { JitsiMeetExternalAPI } from "./external-api.ts";

// A classic script: pages call `new JitsiMeetExternalAPI(domain, options)`.
Object.assign(globalThis, { JitsiMeetExternalAPI });
