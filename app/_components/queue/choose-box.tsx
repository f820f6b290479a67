/** @file The check box before a job of the queue: always there, with room for a finger around it. */

interface ChooseBoxProps {
  label: string
  /** the label stands beside the box */
  labelled?: boolean
  state: 'none' | 'some' | 'all'
  /** @param asRange - Shift was held, with the pointer or the space bar */
  onChoose: (asRange: boolean) => void
}

export const ChooseBox = ({ label, labelled = false, state, onChoose }: ChooseBoxProps) => (
  <label
    className={`-ml-3 flex h-11 shrink-0 cursor-pointer items-center select-none md:h-9 ${labelled ? 'gap-1 pr-2 text-sm' : '-mr-3 md:-mr-2'}`}
  >
    <span className="grid size-11 place-items-center md:size-9">
      <input
        type="checkbox"
        aria-label={labelled ? undefined : label}
        checked={state === 'all'}
        ref={(box) => {
          if (box) box.indeterminate = state === 'some'
        }}
        onChange={({ nativeEvent }) => onChoose('shiftKey' in nativeEvent && nativeEvent.shiftKey === true)}
        className="size-5 accent-(--accent)"
      />
    </span>
    {labelled && label}
  </label>
)
