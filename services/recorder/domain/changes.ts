/** What has to change for that to run which is wanted. What goes on as it is has no step: it isn't touched. */

export type Wanted = {
  readonly layout: string;
  /** Id of the recording. */
  readonly file: string | undefined;
  readonly stream: { readonly id: string; readonly targets: readonly WantedTarget[] } | undefined;
};

export type WantedTarget = { readonly id: string; readonly url: string };

export type Running = {
  readonly layout: string;
  readonly file: string | undefined;
  /** Address by key of the target. */
  readonly targets: ReadonlyMap<string, string>;
};

export type Change =
  | { readonly type: "set-layout" }
  | { readonly type: "stop-file"; readonly recording: string }
  | { readonly type: "start-file"; readonly recording: string }
  | { readonly type: "remove-target"; readonly key: string }
  | { readonly type: "add-target"; readonly key: string; readonly target: WantedTarget };

/** Targets are numbered within a stream, and a job may have one stream after the other. */
export function targetKey(stream: string, target: string): string {
  return `${stream}/${target}`;
}

/** `over`: recordings, and keys of targets, that came to their end here and are not begun again. */
export function changesOf(wanted: Wanted, running: Running, over: ReadonlySet<string>): readonly Change[] {
  const changes: Change[] = [];
  const targets = new Map(
    wanted.stream?.targets.map((target) => [targetKey(wanted.stream?.id ?? "", target.id), target]) ?? [],
  );
  if (wanted.layout !== running.layout) changes.push({ type: "set-layout" });
  for (const [key, url] of running.targets)
    if (targets.get(key)?.url !== url) changes.push({ type: "remove-target", key });
  if (running.file !== undefined && running.file !== wanted.file)
    changes.push({ type: "stop-file", recording: running.file });
  if (wanted.file !== undefined && wanted.file !== running.file && !over.has(wanted.file))
    changes.push({ type: "start-file", recording: wanted.file });
  for (const [key, target] of targets)
    if (running.targets.get(key) !== target.url && !over.has(key)) changes.push({ type: "add-target", key, target });
  return changes;
}
