/** @file What stands on the stage for a file that the browser cannot show. */
import { ImageOff } from 'lucide-react'
import type { MediaItem } from '../../_client/media-item.ts'
import { fileUrl } from '../../_client/urls.ts'
import { buttonClass } from '../ui/button.tsx'

export const Unshowable = ({ item }: { item: MediaItem }) => (
  <div className="absolute inset-0 flex flex-col items-center justify-center gap-4 p-6 text-center">
    <ImageOff size={30} className="text-muted" aria-hidden />
    <p className="max-w-md text-pretty break-words">
      {item.name} cannot be shown here. It may have been removed outside the studio.
    </p>
    <a href={fileUrl(item.root, item.path)} download={item.name} className={buttonClass('secondary')}>
      Download it
    </a>
  </div>
)
