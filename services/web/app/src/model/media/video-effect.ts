/** Something done to our picture before the others see it. */
export interface VideoEffect {
  /** The track to be seen instead; the given one goes on belonging to the caller. May be started again after a stop. */
  start(track: MediaStreamTrack): Promise<MediaStreamTrack>;
  stop(): void;
}
