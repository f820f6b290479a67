/** @file What stands for a form and its stage while they are asked for. */

export const RunSkeleton = () => (
  <div
    aria-hidden
    className="mx-auto grid w-full max-w-7xl gap-6 px-4 pt-28 md:px-8 lg:grid-cols-[minmax(20rem,26rem)_1fr]"
  >
    <div className="skeleton h-96" />
    <div className="skeleton h-72" />
  </div>
)
