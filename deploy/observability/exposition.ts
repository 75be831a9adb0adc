/** Prometheus' text format 0.0.4, https://prometheus.io/docs/instrumenting/exposition_formats/: many processes' into one. */

export type Labels = Readonly<Record<string, string>>;

type Family = { help: string; type: string; readonly samples: string[] };

const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;
/** What belongs to a histogram or a summary stands under its name. */
const suffix = /_(?:bucket|sum|count)$/;

/** Families in the order in which they first came, each with the samples of all processes together, as the format wants. */
export class Exposition {
  readonly #families = new Map<string, Family>();

  /** Adds a process's text, each sample with `labels` of its own before the others. What can't be read is left out. */
  addText(text: string, labels: Labels): void {
    const own = labelText(labels);
    for (const line of text.split("\n")) {
      const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
      if (keyword === "HELP") this.#family(name).help ||= rest;
      else if (keyword === "TYPE") this.#family(name).type ||= rest;
      else this.#addLine(line, own);
    }
  }

  /** One sample of a gauge of our own. */
  gauge(name: string, help: string, labels: Labels, value: number): void {
    const family = this.#family(name);
    family.help ||= help;
    family.type ||= "gauge";
    const text = labelText(labels);
    family.samples.push(`${name}${text === "" ? "" : `{${text}}`} ${valueText(value)}`);
  }

  toString(): string {
    const texts = [...this.#families].map(([name, { help, type, samples }]) => {
      const head = [...(help === "" ? [] : [`# HELP ${name} ${help}`]), `# TYPE ${name} ${type || "untyped"}`];
      return [...head, ...samples, ""].join("\n");
    });
    return texts.join("");
  }

  #addLine(line: string, own: string): void {
    const [, name, labels = "", value] = sample.exec(line) ?? [];
    if (name === undefined) return;
    const short = name.replace(suffix, "");
    const family = this.#families.get(name) ?? this.#families.get(short) ?? this.#family(name);
    const all = [own, labels].filter((part) => part !== "").join(",");
    family.samples.push(`${name}{${all}} ${value}`);
  }

  #family(name: string): Family {
    const known = this.#families.get(name);
    if (known) return known;
    const family = { help: "", type: "", samples: [] };
    this.#families.set(name, family);
    return family;
  }
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}
