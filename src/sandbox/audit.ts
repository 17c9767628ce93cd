type Audit = Readonly<Record<"_createdOn" | "_createdBy" | "_updatedOn" | "_updatedBy", string>>;

/** Who made something and when, as the sender's answers tell it. A sandbox has one user. */
export const auditOf = (on: string): Audit => ({
  _createdOn: on,
  _createdBy: "sandbox",
  _updatedOn: on,
  _updatedBy: "sandbox",
});
