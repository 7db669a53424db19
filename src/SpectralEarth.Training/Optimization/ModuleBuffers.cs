using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training.Optimization;

/// <summary>
/// Remembers a module's buffers. The forward pass of a step that is then skipped has already mixed its batch statistics,
/// NaN included, into BatchNorm's running statistics; this takes them out again.
/// </summary>
internal sealed class ModuleBuffers : IDisposable
{
    private readonly (Tensor Buffer, Tensor Copy)[] pairs;

    /// <summary>Remembers the buffers as they are.</summary>
    public ModuleBuffers(Module module) =>
        pairs = [.. module.named_buffers().Select(item => (item.buffer, item.buffer.clone().DetachFromDisposeScope()))];

    /// <summary>Remembers the present values.</summary>
    public void Remember()
    {
        using var noGradient = no_grad();
        foreach (var (buffer, copy) in pairs)
            copy.copy_(buffer);
    }

    /// <summary>Puts the remembered values back.</summary>
    public void Restore()
    {
        using var noGradient = no_grad();
        foreach (var (buffer, copy) in pairs)
            buffer.copy_(copy);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, copy) in pairs)
            copy.Dispose();
    }
}
