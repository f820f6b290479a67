/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  reactStrictMode: true,
  // The documents only: what is built once is packed once, and the API packs its own.
  compress: true,
  // User files are served by our own routes, never through Next's image optimiser.
  images: { unoptimized: true },
  experimental: {
    // A link that is followed while the line is cut waits for the line. Without it the browser would leave the page, and with it
    // the uploads, for an error page of its own.
    useOffline: true,
  },
  typescript: { ignoreBuildErrors: true }, // `npm run typecheck` checks the whole tree once
}
