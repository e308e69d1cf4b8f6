// `serve` of deno.land/std/http, over `Deno.serve`, which is where a worker takes its requests from.

type Handler = (
  request: Request,
  info: Deno.ServeHandlerInfo,
) => Response | Promise<Response>;

export function serve(
  handler: Handler,
  options: Record<string, unknown> = {},
): Promise<void> {
  return Deno.serve(options, handler as Deno.ServeHandler).finished;
}
