/** Tells at once what comes after a pause, and of what comes in a hurry only the last. */
export function thrifty<T>(everyMs: number, tell: (value: T) => void): (value: T) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: { readonly value: T } | undefined;
  const pause = () => {
    timer = setTimeout(() => {
      timer = undefined;
      if (!waiting) return;
      const { value } = waiting;
      waiting = undefined;
      tell(value);
      pause();
    }, everyMs);
  };
  return (value) => {
    if (timer !== undefined) {
      waiting = { value };
      return;
    }
    tell(value);
    pause();
  };
}
