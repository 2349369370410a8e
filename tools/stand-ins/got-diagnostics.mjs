// Other packages may listen to what got does, and each request has an id for them. In this program nobody does.
const nobody = () => undefined;

export const generateRequestId = nobody;
export {
  nobody as publishError,
  nobody as publishRedirect,
  nobody as publishRequestCreate,
  nobody as publishRequestStart,
  nobody as publishResponseEnd,
  nobody as publishResponseStart,
  nobody as publishRetry,
};
