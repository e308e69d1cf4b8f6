// Stands for modules that hold nothing but types.
export {};
