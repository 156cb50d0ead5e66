/** Hands text to the reader as a file. */
export const downloadText = (parts: readonly string[], name: string, type: string): void => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([...parts], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
};
