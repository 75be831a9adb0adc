import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Logo } from "../parts/icons.tsx";
import { LanguageSelect } from "./language-select.tsx";
import { Notice } from "./notice.tsx";
import { ThemeSelect } from "./theme-select.tsx";

/** On every page outside a call: whose it is, in which language and which light. */
export function TopBar(): JSX.Element {
  return (
    <>
      <header class="page-top">
        <Brand />
        <div class="page-choices">
          <ThemeSelect />
          <LanguageSelect />
        </div>
      </header>
      <Notice />
    </>
  );
}

function Brand(): JSX.Element {
  const { config, page } = useApp();
  const name = (
    <>
      <Logo /> Veche
    </>
  );
  if (!config.welcomePage || page.value === "welcome") return <span class="brand">{name}</span>;
  return (
    <a class="brand" href={config.homeUrl}>
      {name}
    </a>
  );
}

/** Back to where rooms are named, where there is such a page. */
export function Home(): JSX.Element | null {
  const { config } = useApp();
  if (!config.welcomePage) return null;
  return (
    <a id="home" class="button" href={config.homeUrl}>
      {t("endpage.home")}
    </a>
  );
}
