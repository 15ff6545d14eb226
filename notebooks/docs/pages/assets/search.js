// The theme's search takes each word for the beginning of one: without this, "wait for response" finds "formats" first.
const SMALL = new Set(
  ("a an and any are as at be by can do does for from get has have how i if in into is it its me my no not of on or so that the then " +
    "there this to was we what when where which who why will with without you your").split(" "),
);
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...more) {
  // 2 is a query, in the messages between the theme's page and its worker.
  if (message?.type === 2 && typeof message.data === "string") {
    const large = message.data.split(/\s+/).filter((word) => !SMALL.has(word.toLowerCase()));
    if (large.some((word) => word)) message = { ...message, data: large.join(" ") };
  }
  return post.call(this, message, ...more);
};
