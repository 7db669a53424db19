using System.Diagnostics.CodeAnalysis;

namespace SpectralEarth.Models;

/// <summary>Number type of matrix products and attention.</summary>
public enum Precision
{
    /// <summary>Single precision throughout.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "The field's word, and the one in recipes.")]
    Float32,
    /// <summary>Products in bfloat16; weights, sums over layers, norms, softmax and losses in single precision.</summary>
    Bfloat16,
}
