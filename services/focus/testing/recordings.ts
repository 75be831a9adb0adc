import type { Input } from "../domain/inputs.ts";
import type { RecorderPool, RecorderView } from "../domain/recorder-pool.ts";
import type { JobReport } from "../domain/recording-job.ts";

export function aRecorder(id: string, changes: Partial<RecorderView> = {}): RecorderView {
  const state = { healthy: true, draining: false, compositeFull: false, tracksFull: false };
  return { id, instance: `${id}-1`, ...state, ...changes };
}

export function aPool(...recorders: readonly RecorderView[]): RecorderPool {
  return { recorders, waiting: [], trustedFromMs: 0 };
}

type Asked = Extract<Input, { readonly type: "recording-asked" }>;

/** What a client asks; by default "aaaa" starts a file that is to be known as "f1". */
export function asksRecording(changes: Partial<Asked> = {}): Asked {
  return {
    type: "recording-asked",
    ask: 1,
    endpoint: "aaaa",
    action: "start",
    recordingMode: "file",
    session: "f1",
    job: "j1",
    ownerKey: "the-key-of-its-owner",
    streamId: "",
    broadcastId: "",
    appData: "",
    sipAddress: "",
    layout: "",
    addTarget: "",
    removeTarget: "",
    granted: [],
    denied: [],
    ...changes,
  };
}

export function asksStream(changes: Partial<Asked> = {}): Asked {
  const streamId = "rtmp://live.example/app/a-stream-key";
  return asksRecording({ recordingMode: "stream", session: "s1", job: "j2", streamId, ...changes });
}

export function stops(session: string, changes: Partial<Asked> = {}): Asked {
  return asksRecording({ action: "stop", session, recordingMode: "", ...changes });
}

export function updates(session: string, changes: Partial<Asked> = {}): Asked {
  return asksRecording({ action: "update", session, recordingMode: "", ...changes });
}

export function aReport(heardMs: number, changes: Partial<JobReport> = {}): JobReport {
  return { recorder: "r1", instance: "r1-1", targets: [], finished: false, warnings: [], heardMs, ...changes };
}

export function reported(job: string, report: JobReport | undefined): Input {
  return { type: "recording-reported", job, report };
}
