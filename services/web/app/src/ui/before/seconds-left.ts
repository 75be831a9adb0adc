import { useEffect, useState } from "preact/hooks";

/** Whole seconds until then; 0 from then on. */
export function useSecondsLeft(untilMs: number | undefined): number {
  const left = () => (untilMs === undefined ? 0 : Math.max(0, Math.ceil((untilMs - Date.now()) / 1000)));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => setSeconds(left()), 250);
    return () => clearInterval(timer);
  }, [untilMs]);
  return seconds;
}
