import { openPatientOpinion, tryOpinion, type LoadedConfiguration } from "#compose";
import type { Opinion } from "#second-opinion";
import { broken, ok, type CheckLine } from "./check-line.ts";

const ABOUT = "reachable";
const SUBJECT = "second opinion";

/**
 * Whether the second opinion answers in the agreed form. Unlike an upstream it is asked for once in earnest, a harmless
 * sentence: a judge that answers in prose accepts connections as well.
 */
export const checkOpinion = async (
  { configuration, base }: LoadedConfiguration,
  env: NodeJS.ProcessEnv,
): Promise<readonly CheckLine[]> => {
  const settings = configuration.second_opinion;
  if (settings === undefined) return [];
  const routes = configuration.routes.filter(({ inspect, second_opinion: asks }) => inspect && asks);
  try {
    const tools = openPatientOpinion(configuration, base, env);
    if (tools === undefined) return [];
    const opinion = await tryOpinion(tools);
    await tools.opinion.close();
    return [lineOf(opinion, `${settings.kind} ${tools.opinion.name}`, routes.map(({ id }) => id).join(", "))];
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return [broken(ABOUT, SUBJECT, what, "no gateway starts like this; see docs/second-opinion.md")];
  }
};

const lineOf = (opinion: Opinion, who: string, routes: string): CheckLine =>
  opinion.outcome === "answered"
    ? ok(ABOUT, SUBJECT, `${who} answers; asked about doubtful requests of: ${routes === "" ? "no route" : routes}`)
    : broken(
        ABOUT,
        SUBJECT,
        `${who}: ${opinion.reason}`,
        "doubtful requests go by `second_opinion.on_failure` meanwhile",
      );
