import {
  at,
  fieldsOf,
  firstText,
  isFields,
  listOf,
  numberOf,
  openedOf,
  textOf,
  without,
  type Fields,
} from "../read.ts";

const ROWS_MAX = 1_000;
const FEATURES_MAX = 256;
const NAME_UNITS_MAX = 128;

/** One prediction, whatever the server's protocol: one row of inputs and what came out for it. */
export interface PredictionRow {
  readonly features: Fields;
  readonly prediction: unknown;
  readonly scores: unknown;
}

/**
 * The predictions in a record of one of the known protocols, one for each row: Open Inference (V2) tensors, KServe V1
 * and TensorFlow Serving `instances` and `predictions`, SageMaker data capture. Undefined for records that are one
 * event as they stand.
 */
export const rowsOf = (record: Fields): readonly PredictionRow[] | undefined => {
  const capture = record["captureData"];
  if (isFields(capture)) {
    const input = bodyOf(at(capture, "endpointInput", "data"), at(capture, "endpointInput", "encoding"));
    const output = bodyOf(at(capture, "endpointOutput", "data"), at(capture, "endpointOutput", "encoding"));
    return joined(inputRows(input), outputRows(output));
  }
  const request = isFields(record["request"]) ? record["request"] : record;
  const response = isFields(record["response"]) ? record["response"] : record;
  const inputs = inputRows(request);
  const outputs = outputRows(response);
  return inputs.length === 0 && outputs.length === 0 ? undefined : joined(inputs, outputs);
};

/** Fields that hold inputs and outputs, which become `features`, `prediction` and `scores`. */
export const withoutTensors = (record: Fields): Fields =>
  without(
    record,
    ["inputs"],
    ["outputs"],
    ["instances"],
    ["predictions"],
    ["captureData", "endpointInput", "data"],
    ["captureData", "endpointOutput", "data"],
    ["request", "inputs"],
    ["request", "instances"],
    ["response", "outputs"],
    ["response", "predictions"],
  );

const joined = (inputs: readonly Fields[], outputs: readonly Output[]): readonly PredictionRow[] =>
  Array.from({ length: Math.min(ROWS_MAX, Math.max(inputs.length, outputs.length)) }, (_, index) => ({
    features: inputs[index] ?? {},
    prediction: outputs[index]?.prediction,
    scores: outputs[index]?.scores,
  }));

/** SageMaker captures CSV, JSON or base64 of either. */
const bodyOf = (data: unknown, encoding: unknown): unknown => {
  if (typeof data !== "string") return data;
  const text = encoding === "BASE64" ? Buffer.from(data, "base64").toString("utf8") : data;
  const opened = openedOf(text);
  if (typeof opened !== "string") return opened;
  return {
    instances: opened
      .split("\n", ROWS_MAX)
      .filter((line) => line.trim() !== "")
      .map((line) => line.split(",", FEATURES_MAX).map((cell) => numberOf(cell.trim()) ?? cell.trim())),
  };
};

const inputRows = (body: unknown): readonly Fields[] => {
  const instances = listOf(at(body, "instances"));
  if (instances.length > 0) return instances.slice(0, ROWS_MAX).map(featuresOf);
  return tensorRows(listOf(at(body, "inputs")));
};

interface Output {
  readonly prediction: unknown;
  readonly scores: unknown;
}

const outputRows = (body: unknown): readonly Output[] => {
  const list = listOf(at(body, "predictions"));
  const plain = list.length > 0 ? list : listOf(at(body, "instances"));
  if (plain.length > 0) return plain.slice(0, ROWS_MAX).map(outputOf);
  return tensorRows(listOf(at(body, "outputs"))).map((row) => outputOf(row));
};

/** A list is a vector of scores when it has several, an object names its parts. */
const outputOf = (value: unknown): Output => {
  if (isFields(value)) {
    const values = Object.values(value);
    const prediction = value["prediction"] ?? value["predicted_label"] ?? value["label"] ?? value["class"];
    return values.length === 1 && prediction === undefined
      ? { prediction: values[0], scores: undefined }
      : {
          prediction,
          scores:
            value["scores"] ??
            value["probabilities"] ??
            value["score"] ??
            (prediction === undefined ? values : undefined),
        };
  }
  if (Array.isArray(value))
    return value.length === 1 ? { prediction: value[0], scores: undefined } : { prediction: undefined, scores: value };
  return { prediction: value, scores: undefined };
};

/** Tensors `{name, shape, data}` fall into rows along their first dimension. */
const tensorRows = (tensors: readonly unknown[]): readonly Fields[] => {
  const rows: Record<string, unknown>[] = [];
  for (const tensor of tensors.slice(0, FEATURES_MAX)) {
    const name = firstText(at(tensor, "name")) ?? "input";
    const data = listOf(at(tensor, "data")).flat(4);
    const count = Math.min(ROWS_MAX, Math.max(1, numberOf(listOf(at(tensor, "shape"))[0]) ?? data.length));
    const width = Math.max(1, Math.floor(data.length / count));
    for (let row = 0; row < Math.min(count, data.length); row += 1) {
      const values = data.slice(row * width, (row + 1) * width);
      const into = (rows[row] ??= {});
      if (values.length === 1) into[name] = values[0];
      else for (const [index, value] of values.slice(0, FEATURES_MAX).entries()) into[`${name}_${index}`] = value;
    }
  }
  return rows.map(featuresOf);
};

/** At most 256 features, each a number or a short word; what is neither (nested values, long text) is left out. */
export const featuresOf = (value: unknown): Fields => {
  const entries: readonly (readonly [string, unknown])[] = Array.isArray(value)
    ? value.flat(2).map((item: unknown, index) => [`f${index}`, item] as const)
    : Object.entries(fieldsOf(value));
  const features: Record<string, unknown> = {};
  for (const [name, item] of entries.slice(0, FEATURES_MAX)) {
    const kept = featureOf(item);
    if (kept !== undefined && name !== "__proto__") features[name.slice(0, NAME_UNITS_MAX)] = kept;
  }
  return features;
};

const featureOf = (value: unknown): number | string | undefined => {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return numberOf(value);
  const text = textOf(value);
  return text === undefined ? undefined : text.slice(0, NAME_UNITS_MAX);
};
