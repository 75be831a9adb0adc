/** Where clients learn how to dial in. Empty: our own gateways'. */
export type TelephonySettings = { readonly numbersUrl: string; readonly codeUrl: string };

/** `base` is what clients reached us by, their tenant included: "https://meet.school.example/tenant". */
export function telephonyConfig({ numbersUrl, codeUrl }: TelephonySettings, base: string, hasGateway: boolean) {
  const own = (name: string) => (hasGateway ? `${base}/dial-in/${name}` : "");
  const dialInNumbersUrl = numbersUrl || own("numbers");
  const dialInConfCodeUrl = codeUrl || own("code");
  return {
    ...(dialInNumbersUrl === "" ? {} : { dialInNumbersUrl }),
    ...(dialInConfCodeUrl === "" ? {} : { dialInConfCodeUrl }),
  };
}
