package screen

import (
	"maps"
	"slices"
	"testing"
	"unsafe"
)

// TestLayoutsAreThoseOfWindows holds sizes and places against what a C
// compiler says about the headers of the Windows SDK, for 64 bits.
func TestLayoutsAreThoseOfWindows(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the figures are those of 64 bits")
	}
	var (
		output  dxgiOutputDesc
		dup     dxgiDuplicationDesc
		info    dxgiFrameInfo
		shape   dxgiShapeInfo
		texture textureDesc
		box     textureBox
		mapped  mappedTexture
	)
	got := map[string]uintptr{
		"DXGI_OUTPUT_DESC": unsafe.Sizeof(output), "DXGI_OUTPUT_DESC.DesktopCoordinates": unsafe.Offsetof(output.bounds),
		"DXGI_OUTPUT_DESC.AttachedToDesktop": unsafe.Offsetof(output.attached), "DXGI_OUTPUT_DESC.Rotation": unsafe.Offsetof(output.rotation),
		"DXGI_OUTPUT_DESC.Monitor": unsafe.Offsetof(output.monitor),
		"DXGI_OUTDUPL_DESC":        unsafe.Sizeof(dup), "DXGI_OUTDUPL_DESC.ModeDesc.Format": unsafe.Offsetof(dup.format),
		"DXGI_OUTDUPL_DESC.Rotation": unsafe.Offsetof(dup.rotation), "DXGI_OUTDUPL_DESC.DesktopImageInSystemMemory": unsafe.Offsetof(dup.inMemory),
		"DXGI_OUTDUPL_FRAME_INFO": unsafe.Sizeof(info), "DXGI_OUTDUPL_FRAME_INFO.LastMouseUpdateTime": unsafe.Offsetof(info.pointerMoved),
		"DXGI_OUTDUPL_FRAME_INFO.AccumulatedFrames": unsafe.Offsetof(info.frames), "DXGI_OUTDUPL_FRAME_INFO.RectsCoalesced": unsafe.Offsetof(info.coalesced),
		"DXGI_OUTDUPL_FRAME_INFO.ProtectedContentMaskedOut": unsafe.Offsetof(info.masked), "DXGI_OUTDUPL_FRAME_INFO.PointerPosition": unsafe.Offsetof(info.pointerX),
		"DXGI_OUTDUPL_FRAME_INFO.PointerPosition.Visible": unsafe.Offsetof(info.pointerVisible),
		"DXGI_OUTDUPL_FRAME_INFO.TotalMetadataBufferSize": unsafe.Offsetof(info.metadataBytes), "DXGI_OUTDUPL_FRAME_INFO.PointerShapeBufferSize": unsafe.Offsetof(info.shapeBytes),
		"DXGI_OUTDUPL_POINTER_SHAPE_INFO": unsafe.Sizeof(shape), "DXGI_OUTDUPL_POINTER_SHAPE_INFO.Pitch": unsafe.Offsetof(shape.pitch),
		"DXGI_OUTDUPL_POINTER_SHAPE_INFO.HotSpot": unsafe.Offsetof(shape.hotX),
		"D3D11_TEXTURE2D_DESC":                    unsafe.Sizeof(texture), "D3D11_TEXTURE2D_DESC.Format": unsafe.Offsetof(texture.format),
		"D3D11_TEXTURE2D_DESC.SampleDesc": unsafe.Offsetof(texture.samples), "D3D11_TEXTURE2D_DESC.Usage": unsafe.Offsetof(texture.usage),
		"D3D11_TEXTURE2D_DESC.CPUAccessFlags": unsafe.Offsetof(texture.access),
		"D3D11_BOX":                           unsafe.Sizeof(box), "D3D11_MAPPED_SUBRESOURCE": unsafe.Sizeof(mapped),
		"D3D11_MAPPED_SUBRESOURCE.RowPitch": unsafe.Offsetof(mapped.rowPitch),
		"RECT":                              unsafe.Sizeof(dxgiRect{}),
	}
	want := map[string]uintptr{
		"DXGI_OUTPUT_DESC": 96, "DXGI_OUTPUT_DESC.DesktopCoordinates": 64, "DXGI_OUTPUT_DESC.AttachedToDesktop": 80,
		"DXGI_OUTPUT_DESC.Rotation": 84, "DXGI_OUTPUT_DESC.Monitor": 88,
		"DXGI_OUTDUPL_DESC": 36, "DXGI_OUTDUPL_DESC.ModeDesc.Format": 16, "DXGI_OUTDUPL_DESC.Rotation": 28,
		"DXGI_OUTDUPL_DESC.DesktopImageInSystemMemory": 32,
		"DXGI_OUTDUPL_FRAME_INFO":                      48, "DXGI_OUTDUPL_FRAME_INFO.LastMouseUpdateTime": 8,
		"DXGI_OUTDUPL_FRAME_INFO.AccumulatedFrames": 16, "DXGI_OUTDUPL_FRAME_INFO.RectsCoalesced": 20,
		"DXGI_OUTDUPL_FRAME_INFO.ProtectedContentMaskedOut": 24, "DXGI_OUTDUPL_FRAME_INFO.PointerPosition": 28,
		"DXGI_OUTDUPL_FRAME_INFO.PointerPosition.Visible": 36, "DXGI_OUTDUPL_FRAME_INFO.TotalMetadataBufferSize": 40,
		"DXGI_OUTDUPL_FRAME_INFO.PointerShapeBufferSize": 44,
		"DXGI_OUTDUPL_POINTER_SHAPE_INFO":                24, "DXGI_OUTDUPL_POINTER_SHAPE_INFO.Pitch": 12, "DXGI_OUTDUPL_POINTER_SHAPE_INFO.HotSpot": 16,
		"D3D11_TEXTURE2D_DESC": 44, "D3D11_TEXTURE2D_DESC.Format": 16, "D3D11_TEXTURE2D_DESC.SampleDesc": 20,
		"D3D11_TEXTURE2D_DESC.Usage": 28, "D3D11_TEXTURE2D_DESC.CPUAccessFlags": 36,
		"D3D11_BOX": 24, "D3D11_MAPPED_SUBRESOURCE": 16, "D3D11_MAPPED_SUBRESOURCE.RowPitch": 8,
		"RECT": 16,
	}
	if !maps.Equal(got, want) {
		for name, n := range want {
			if got[name] != n {
				t.Errorf("%s: got %d, want %d", name, got[name], n)
			}
		}
		t.Errorf("got %d figures, want %d", len(got), len(want))
	}
}

// TestMethodNumbersFollowTheirInterfaces counts in the order in which the
// interfaces are documented, each after the one it extends.
func TestMethodNumbersFollowTheirInterfaces(t *testing.T) {
	unknown := []string{"QueryInterface", "AddRef", "Release"}
	object := append(slices.Clip(unknown), "SetPrivateData", "SetPrivateDataInterface", "GetPrivateData", "GetParent")
	child := append(slices.Clip(unknown), "GetDevice", "GetPrivateData", "SetPrivateData", "SetPrivateDataInterface")
	tables := map[string][]string{
		"factory": append(slices.Clip(object), "EnumAdapters", "MakeWindowAssociation", "GetWindowAssociation", "CreateSwapChain",
			"CreateSoftwareAdapter", "EnumAdapters1", "IsCurrent"),
		"adapter": append(slices.Clip(object), "EnumOutputs", "GetDesc", "CheckInterfaceSupport", "GetDesc1"),
		"output": append(slices.Clip(object), "GetDesc", "GetDisplayModeList", "FindClosestMatchingMode", "WaitForVBlank", "TakeOwnership",
			"ReleaseOwnership", "GetGammaControlCapabilities", "SetGammaControl", "GetGammaControl", "SetDisplaySurface",
			"GetDisplaySurfaceData", "GetFrameStatistics", "GetDisplayModeList1", "FindClosestMatchingMode1",
			"GetDisplaySurfaceData1", "DuplicateOutput"),
		"duplication": append(slices.Clip(object), "GetDesc", "AcquireNextFrame", "GetFrameDirtyRects", "GetFrameMoveRects",
			"GetFramePointerShape", "MapDesktopSurface", "UnMapDesktopSurface", "ReleaseFrame"),
		"device": append(slices.Clip(unknown), "CreateBuffer", "CreateTexture1D", "CreateTexture2D"),
		"context": append(slices.Clip(child), "VSSetConstantBuffers", "PSSetShaderResources", "PSSetShader", "PSSetSamplers", "VSSetShader",
			"DrawIndexed", "Draw", "Map", "Unmap", "PSSetConstantBuffers", "IASetInputLayout", "IASetVertexBuffers",
			"IASetIndexBuffer", "DrawIndexedInstanced", "DrawInstanced", "GSSetConstantBuffers", "GSSetShader",
			"IASetPrimitiveTopology", "VSSetShaderResources", "VSSetSamplers", "Begin", "End", "GetData", "SetPredication",
			"GSSetShaderResources", "GSSetSamplers", "OMSetRenderTargets", "OMSetRenderTargetsAndUnorderedAccessViews",
			"OMSetBlendState", "OMSetDepthStencilState", "SOSetTargets", "DrawAuto", "DrawIndexedInstancedIndirect",
			"DrawInstancedIndirect", "Dispatch", "DispatchIndirect", "RSSetState", "RSSetViewports", "RSSetScissorRects",
			"CopySubresourceRegion", "CopyResource", "UpdateSubresource"),
		"texture": append(slices.Clip(child), "GetType", "SetEvictionPriority", "GetEvictionPriority", "GetDesc"),
	}
	for _, c := range []struct {
		of, method string
		got        int
	}{
		{"factory", "EnumAdapters1", factoryEnumAdapters},
		{"adapter", "EnumOutputs", adapterEnumOutputs},
		{"output", "GetDesc", outputGetDesc},
		{"output", "DuplicateOutput", outputDuplicate},
		{"duplication", "GetDesc", duplicationGetDesc},
		{"duplication", "AcquireNextFrame", duplicationAcquire},
		{"duplication", "GetFrameDirtyRects", duplicationDirtyRects},
		{"duplication", "GetFrameMoveRects", duplicationMoveRects},
		{"duplication", "GetFramePointerShape", duplicationPointerShape},
		{"duplication", "ReleaseFrame", duplicationReleaseFrame},
		{"device", "CreateTexture2D", deviceCreateTexture},
		{"context", "Map", contextMap},
		{"context", "Unmap", contextUnmap},
		{"context", "CopySubresourceRegion", contextCopySubresource},
		{"context", "UpdateSubresource", contextUpdateSubresource},
		{"texture", "GetDesc", textureGetDesc},
	} {
		if c.got >= len(tables[c.of]) || tables[c.of][c.got] != c.method {
			t.Errorf("%s: method %d is not %s of %v", c.of, c.got, c.method, tables[c.of])
		}
	}
}
