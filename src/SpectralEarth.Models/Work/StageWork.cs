namespace SpectralEarth.Models;

/// <summary>Floating-point operations of a part of a training step; a multiplication and an addition are two.</summary>
/// <param name="Stage">Part of the network.</param>
/// <param name="Forward">Operations of the forward pass.</param>
/// <param name="Backward">Operations of the backward pass, what is recomputed there included.</param>
public sealed record StageWork(string Stage, double Forward, double Backward)
{
    /// <summary>Operations of both passes.</summary>
    public double Total => Forward + Backward;

    /// <summary>A product whose backward pass makes the gradients of both factors.</summary>
    internal static StageWork Product(string stage, double forward) => new(stage, forward, 2 * forward);
}
