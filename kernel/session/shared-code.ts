/** Code that machines with different images share, because most of what they execute is the same. */
export interface SharedCode {
  /** Of those machines, of letters, digits and hyphens. */
  name: string;
  /** Whether this machine leaves its own for the others, too. */
  keep: boolean;
}
