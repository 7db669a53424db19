using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.SafeTensors;

/// <summary>Bytes of tensors in parts, since a span cannot hold more than 2 GB.</summary>
internal static class TensorBytes
{
    private const long NumbersPerPart = 1 << 26;

    /// <summary>Something done with a part of a tensor's bytes.</summary>
    internal delegate void Use(Span<byte> bytes);

    /// <summary>Shows <paramref name="use"/> the tensor's bytes in C order; on the CPU they are the tensor's own.</summary>
    internal static void ForEachPart(Tensor tensor, Use use)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var numbers = tensor.detach().cpu().contiguous().reshape(-1);
        for (var first = 0L; first < numbers.shape[0]; first += NumbersPerPart)
        {
            using var part = NewDisposeScope();
            use(numbers.narrow(0, first, Math.Min(NumbersPerPart, numbers.shape[0] - first)).bytes);
        }
    }
}
