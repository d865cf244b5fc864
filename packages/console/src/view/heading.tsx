/**
 * The heading of a page. It takes the focus when the page comes, so that keyboards and screen readers start there.
 *
 * @module
 */
import { type ReactNode, useEffect, useRef } from 'react';

export function Heading({ title }: { readonly title: string }): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Quorate`;
    heading.current?.focus();
  }, [title]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {title}
    </h1>
  );
}
