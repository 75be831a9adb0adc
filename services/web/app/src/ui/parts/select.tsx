import type { JSX } from "preact";

interface SelectProps<Value extends string | number> {
  readonly id: string;
  readonly values: readonly Value[];
  readonly chosen: Value;
  readonly text: (value: Value) => string;
  readonly choose: (value: Value) => void;
  readonly testId?: string;
  /** Id of what explains it. */
  readonly describedBy?: string;
}

/** One of several, in the browser's own list. */
export function Select<Value extends string | number>(props: SelectProps<Value>): JSX.Element {
  const { id, values, chosen, text, choose, testId, describedBy } = props;
  return (
    <select
      id={id}
      class="field"
      data-testid={testId}
      value={chosen}
      aria-describedby={describedBy}
      onChange={(event) => {
        const value = values[event.currentTarget.selectedIndex];
        if (value !== undefined) choose(value);
      }}
    >
      {values.map((value) => (
        <option key={value} value={value}>
          {text(value)}
        </option>
      ))}
    </select>
  );
}
