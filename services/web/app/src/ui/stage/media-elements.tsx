import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ownerOf } from "../../protocol/conference/source-info.ts";
import { useApp } from "../parts/context.ts";

interface VideoProps {
  readonly track: MediaStreamTrack;
  readonly source?: string;
  readonly mirrored?: boolean;
  readonly contain?: boolean;
}

export function Video({ track, source, mirrored = false, contain = false }: VideoProps): JSX.Element {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    video.srcObject = new MediaStream([track]);
    video.play().catch(() => {});
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  const classes = ["video", mirrored && "mirrored", contain && "contain"].filter(Boolean).join(" ");
  // What people say is not captioned by us; the element itself carries no sound.
  return <video ref={element} class={classes} data-source={source} autoplay muted playsInline />;
}

export function Audio({ track, source }: { readonly track: MediaStreamTrack; readonly source: string }): JSX.Element {
  const app = useApp();
  const element = useRef<HTMLAudioElement>(null);
  const blocked = app.soundBlocked.value;
  const speaker = app.devices.chosen.value.audiooutput;
  useEffect(() => {
    if (!element.current) return;
    element.current.srcObject = new MediaStream([track]);
  }, [track]);
  useEffect(() => {
    if (blocked) return;
    element.current?.play().catch((error: unknown) => {
      if (error instanceof Error && error.name === "NotAllowedError") app.soundBlocked.value = true;
    });
  }, [track, blocked, app]);
  const volume = useComputed(() => app.state.volumes.value.get(ownerOf(source)) ?? 1).value;
  useEffect(() => {
    if (element.current) element.current.volume = volume;
  }, [volume, track]);
  useEffect(() => {
    if (speaker && element.current && "setSinkId" in element.current)
      element.current.setSinkId(speaker).catch(() => {});
  }, [speaker]);
  return (
    // biome-ignore lint/a11y/useMediaCaption: live speech has no caption track
    <audio ref={element} data-source={source} autoplay />
  );
}
