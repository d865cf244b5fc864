/**
 * The heading of a page. It takes the focus when the page comes, so that keyboards and screen readers start there.
 *
 * @module
 */
import { type ReactNode, useEffect, useRef } from 'react';

export function Heading({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Quorate`;
    heading.current?.focus();
  }, [title]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {title}
      {children}
    </h1>
  );
}
