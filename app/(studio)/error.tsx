'use client'
/** @file A page of the studio that broke, or whose script did not come through: the frame, and the uploads in it, stay. */
export { default } from '../error.tsx'
