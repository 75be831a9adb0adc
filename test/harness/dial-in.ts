/** The numbers of a gateway that is not there: the page's config.js names services, which answer here. */
import type { Page } from "playwright-core";

type DialInAnswers = {
  /** Both shapes that such services have; undefined: as while no gateway runs. */
  readonly numbers: unknown;
  readonly code: number;
};

/** Before the page opens its link. What it is answered may change while it is open. */
export async function answerDialIn(page: Page, answers: () => DialInAnswers): Promise<void> {
  await page.route(/\/config\.js/, async (route) => {
    const response = await route.fetch();
    const more = 'config.dialInNumbersUrl = "/test-numbers"; config.dialInConfCodeUrl = "/test-code";';
    await route.fulfill({ response, body: `${await response.text()}\n${more}` });
  });
  await page.route(/\/test-numbers\?/, (route) => {
    const { numbers } = answers();
    return numbers === undefined ? route.fulfill({ status: 503 }) : route.fulfill({ json: numbers });
  });
  await page.route(/\/test-code\?/, (route) => {
    const conference = new URL(route.request().url()).searchParams.get("conference");
    return route.fulfill({ json: { conference, id: answers().code, message: "" } });
  });
}
