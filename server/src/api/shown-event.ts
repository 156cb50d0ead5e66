import type { Event } from "@parapet/model";

/** Sealed text is of no use to a reader and the record is internal: neither leaves here. */
export const shownEvent = ({ text: _text, record: _record, ...event }: Event): Event => event;
