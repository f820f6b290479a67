'use client'
/** @file Buttons to the previous and the next file, on the edges of the stage. */
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { IconButton } from '../ui/button.tsx'

interface StepArrowsProps {
  first: boolean
  last: boolean
  /** pictures are swiped on a phone; a video keeps its gestures for itself */
  onPhone: boolean
  /** below the stage lies a bar: the middle of the picture is higher */
  low: boolean
  onStep: (direction: -1 | 1) => void
}

export const StepArrows = ({ first, last, onPhone, low, onStep }: StepArrowsProps) => (
  <>
    <Arrow side="left" {...{ hidden: first, onPhone, low, onStep }} />
    <Arrow side="right" {...{ hidden: last, onPhone, low, onStep }} />
  </>
)

interface ArrowProps extends Pick<StepArrowsProps, 'onPhone' | 'low' | 'onStep'> {
  side: 'left' | 'right'
  hidden: boolean
}

const Arrow = ({ side, hidden, onPhone, low, onStep }: ArrowProps) => (
  <IconButton
    label={side === 'left' ? 'Previous (←)' : 'Next (→)'}
    look="onPicture"
    disabled={hidden}
    onClick={() => onStep(side === 'left' ? -1 : 1)}
    className={`absolute -translate-y-1/2 rounded-full! ${low ? 'top-[calc(50%-1.75rem)]' : 'top-1/2'} ${onPhone ? '' : 'max-md:hidden'} ${side === 'left' ? 'left-3' : 'right-3'} ${hidden ? 'invisible' : ''}`}
  >
    {side === 'left' ? <ChevronLeft size={20} aria-hidden /> : <ChevronRight size={20} aria-hidden />}
  </IconButton>
)
